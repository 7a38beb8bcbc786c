"""Runs in the booted host: runs pytest for the files that tests/vm/run.py wants, several at once,
and says on the second serial line what happened."""
import concurrent.futures
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import threading
import time
import tty

TESTS = pathlib.Path(__file__).parents[1]


def line():
    """The serial line to tests/vm/run.py, without what a terminal does to text."""
    stream = open("/dev/ttyS1", "r+b", buffering=0)
    tty.setraw(stream.fileno(), termios.TCSANOW)
    return stream


def uptime():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def wait(run, end):
    """The exit status. pytest says on SIGINT how far it came."""
    try:
        return run.wait(timeout=max(0, end - uptime()))
    except subprocess.TimeoutExpired:
        run.send_signal(signal.SIGINT)
    try:
        run.wait(timeout=20)
    except subprocess.TimeoutExpired:
        run.kill()
    return "none in time"


def run_in_turn(jobs, end, out):
    """Runs what is next until nothing is left; True when all of it went well."""
    environment = {"PATH": os.environ["PATH"], "HOME": "/root", "LANG": "C.UTF-8", "TERM": "linux",
                   "WARREN": "/usr/local/bin/warren", "WARREN_TEST_TREES": "/srv/trees",
                   "WARREN_TEST_PATIENCE": "10"}
    passed = True
    for words in jobs:
        command = words
        if words[0].startswith("tests/"):
            command = [sys.executable, "-B", "-m", "pytest", "-p", "no:cacheprovider", "-W", "error",
                       "--durations=5", "-q", *words]
        begin = uptime()
        with tempfile.TemporaryFile(dir="/var/tmp") as log:
            run = subprocess.Popen(command, cwd=TESTS.parent, env=environment, stdout=log,
                                   stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
            status = wait(run, end)
            log.seek(0)
            out.write(log.read() + f"{' '.join(words)}: exit status {status} "
                      f"after {uptime() - begin:.1f} s\n".encode())
        passed = passed and status == 0
    return passed


def shut_down():
    """Of the host, while a container runs that ends when it is asked, one that takes its time, and one
    that has to be killed. What is said of them then is in after_shutdown.sh."""
    hook = pathlib.Path("/usr/lib/systemd/system-shutdown/tests")
    hook.parent.mkdir(exist_ok=True)
    shutil.copy(TESTS / "vm/after_shutdown.sh", hook)
    for name, trap in (("slow", "sleep 2; exit 3"), ("stubborn", ":")):
        settings = {"image": "busybox", "privateNetwork": True, "boot": False, "timeoutStopSec": 20 if name == "slow" else 4,
                    "command": ["sh", "-c", f"trap '{trap}' TERM; while :; do sleep 0.1; done"]}
        text = json.dumps({"containers": {name: settings}}).encode()
        subprocess.run(["warren", "create", name, "--config", "-", "--start"], input=text, check=True)
    pathlib.Path("/var/tmp/shutdown.begin").write_text(str(int(uptime())))
    subprocess.run(["systemctl", "poweroff"], check=True)


def main():
    wanted = json.loads((TESTS / "vm/wanted.json").read_text())
    out = line()
    out.write(f"up after {uptime():.1f} s\n".encode())
    end = wanted["seconds"] - 60  # for what is said after that
    jobs, lock = iter(wanted["runs"]), threading.Lock()

    def next_jobs():
        while True:
            with lock:
                job = next(jobs, None)
            if job is None:
                return
            yield job

    with concurrent.futures.ThreadPoolExecutor() as pool:
        results = [pool.submit(run_in_turn, next_jobs(), end, out) for _ in range(wanted["beside"])]
    failed = not all(result.result() for result in results)
    if failed:
        journal = subprocess.run(["journalctl", "-b", "--no-pager", "-n", "300", "-o", "short-monotonic",
                                  "_TRANSPORT=journal", "+", "_TRANSPORT=syslog", "+", "_TRANSPORT=stdout"], capture_output=True)
        out.write(b"---- the journal's end ----\n" + journal.stdout)
    out.write(f"tests: {'failed' if failed else 'passed'}\n".encode())
    termios.tcdrain(out.fileno())
    shut_down()


main()
