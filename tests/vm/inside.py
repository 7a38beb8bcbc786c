"""Runs in the booted host: runs pytest for the files that tests/vm/run.py wants, several at once,
and says on the second serial line what happened."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import termios
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


def give_up(run):
    """pytest says on SIGINT how far it came."""
    run.send_signal(signal.SIGINT)
    try:
        run.wait(timeout=20)
    except subprocess.TimeoutExpired:
        run.kill()
    return "none in time"


def main():
    wanted = json.loads((TESTS / "vm/wanted.json").read_text())
    out = line()
    out.write(f"up after {uptime():.1f} s\n".encode())
    environment = {"PATH": os.environ["PATH"], "HOME": "/root", "LANG": "C.UTF-8", "TERM": "linux",
                   "WARREN": "/usr/local/bin/warren", "WARREN_TEST_TREES": "/srv/trees",
                   "WARREN_TEST_PATIENCE": "10"}
    logs = []
    for number, words in enumerate(wanted["runs"]):
        log = pathlib.Path(f"/var/tmp/tests.{number}")
        command = [sys.executable, "-B", "-m", "pytest", "-p", "no:cacheprovider", "-W", "error",
                   "--durations=5", "-q", *words]
        with log.open("wb") as stream:
            logs.append((log, subprocess.Popen(command, cwd=TESTS.parent, env=environment, stdout=stream,
                                               stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)))
    report = 60  # for what is said after that
    failed = False
    for log, run in logs:
        try:
            status = run.wait(timeout=max(0, wanted["seconds"] - report - uptime()))
        except subprocess.TimeoutExpired:
            status = give_up(run)
        out.write(log.read_bytes() + f"exit status {status}\n".encode())
        failed = failed or status != 0
    if failed:
        journal = subprocess.run(["journalctl", "-b", "--no-pager", "-n", "300", "-o", "short-monotonic",
                                  "_TRANSPORT=journal", "+", "_TRANSPORT=syslog", "+", "_TRANSPORT=stdout"], capture_output=True)
        out.write(b"---- the journal's end ----\n" + journal.stdout)
    out.write(f"verdict: {'failed' if failed else 'passed'}\n".encode())
    termios.tcdrain(out.fileno())
    subprocess.run(["systemctl", "poweroff", "--force", "--force"])


main()
