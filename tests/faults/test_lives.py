"""A container that runs: its monitor, and what starts, stops, restarts and updates it, killed at
every call. What was there before, or what was to be; the next verb works; nothing is left."""
import fcntl
import itertools
import json
import os
import pathlib
import signal
import subprocess

import pytest

from declared import state, stop_all, succeed
from harness import eventually, host_mounts, is_gone
from killing import KILLED, calls_in, kill_at, traced

COMMAND = ["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1000 & wait; done"]
BOX = {"image": "busybox", "privateNetwork": True, "boot": False, "command": COMMAND, "hostName": "one",
       "files": {"/etc/note": {"text": "hello\n"}}, "users": {"luser": {"uid": 1000}}}
RUNS = ("starting", "running", "stopping", "restarting")


@pytest.fixture(autouse=True)
def box(warren):
    make_box(warren)
    yield
    stop_all(warren)


def make_box(warren):
    text = json.dumps({"containers": {"box": BOX}})
    succeed(warren, "create", "box", "--config", "-", input=text.encode())


def shown(warren):
    [box] = json.loads(succeed(warren, "list", "--json").stdout)
    return box


def processes(warren):
    """What runs in the container."""
    try:
        pids = (warren.cgroup("box") / "cgroup.procs").read_text().split()
    except OSError:
        return []
    return [pid for pid in pids if not is_gone(pid)]


def settle(warren):
    """A killed start leaves its monitor at work: until it has brought the container up, or ended."""
    def settled():
        monitors = []
        for file in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = file.read_bytes().split(b"\0")
            except OSError:
                continue
            if words[1:4] == [b"--root", str(warren.root).encode(), b"monitor"]:
                monitors.append(file.parent.name)
        noted = state(warren, "box")
        return not [pid for pid in monitors if not is_gone(pid)] or noted.get("state") == "running"
    eventually(settled)


def files_kept(warren):
    """What is kept of the container, without what it has itself changed."""
    directory = warren.root / "var/lib/warren/containers"
    return sorted(str(p.relative_to(directory)) for p in directory.rglob("*") if "changes" not in p.parts[:-1]
                  and p.name not in ("last", "written", "console.log", "changes"))


def odd_files(warren):
    """What only somebody who was killed leaves."""
    return [str(p) for p in (warren.root / "var/lib/warren").rglob(".*") if p.name != ".names"
            and p.name != ".archives" and p.parent.name != "work"]


NEXT = {
    "start": lambda warren: succeed(warren, "start", "box"),
    "stop": lambda warren: succeed(warren, "stop", "box"),
    "restart": lambda warren: succeed(warren, "restart", "box"),
    "terminate": lambda warren: succeed(warren, "terminate", "box"),
    "destroy": lambda warren: (succeed(warren, "destroy", "box"), make_box(warren)),
}


def works_on(warren, number, verbs):
    """The next verb does what it should, and nothing is left of what was killed."""
    verb = next(verbs)
    NEXT[verb](warren)
    if verb in ("start", "restart"):
        assert shown(warren)["state"] == "running", (number, verb)
        assert succeed(warren, "run", "box", "--", "cat", "/etc/note").stdout == b"hello\n", (number, verb)
        assert not odd_files(warren), (number, verb)
        succeed(warren, "stop", "box")
    assert shown(warren)["state"] == "stopped" and not processes(warren), (number, verb)
    assert not warren.leaks(), (number, verb)


def life(warren, options=(), trace="/dev/null"):
    """A monitor under strace from its start until it has stopped, or was killed; then None."""
    monitor = subprocess.Popen(["strace", "-qq", "-o", str(trace), *options, "--", *warren.command("monitor", "box")],
                               env=warren.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    eventually(lambda: monitor.poll() is not None or state(warren, "box").get("state") == "running")
    if monitor.poll() is None:
        succeed(warren, "stop", "box")
    return monitor.wait(timeout=20)


def test_monitor_killed(warren, tmp_path):
    assert life(warren, trace=tmp_path / "trace") == 0
    before, mounts, verbs = files_kept(warren), host_mounts(), itertools.cycle(NEXT)
    for number in calls_in(tmp_path / "trace", changes_only=True):
        status = life(warren, kill_at(*number))
        assert status in (*KILLED, 0), number
        # Nothing runs on without its monitor, and whoever asks is told.
        eventually(lambda: not processes(warren))
        box = shown(warren)
        assert box["state"] in ("failed", "stopped") and box["leader"] is box["monitor"] is None, (number, box)
        [told] = json.loads(succeed(warren, "status", "box", "--json").stdout)
        assert told["state"] == box["state"], number
        works_on(warren, number, verbs)
        assert files_kept(warren) == before and host_mounts() == mounts, number


@pytest.mark.parametrize("verb, runs", [("start", False), ("stop", True), ("terminate", True), ("restart", True)])
def test_verb_killed(warren, tmp_path, verb, runs):
    prepare = lambda: succeed(warren, "start" if runs else "stop", "box")
    prepare()
    assert traced(warren, [], [verb, "box"], trace=tmp_path / "trace").returncode == 0
    before, verbs = files_kept(warren), itertools.cycle(NEXT)
    seen = set()
    for number in calls_in(tmp_path / "trace", changes_only=verb != "start", never={"exit_group"}):
        prepare()
        result = traced(warren, kill_at(*number), [verb, "box"])
        assert result.returncode in (*KILLED, 0), (number, result.stderr)
        settle(warren)
        seen.add(shown(warren)["state"])
        assert seen <= {"stopped", *RUNS}, (number, seen)
        works_on(warren, number, verbs)
        assert files_kept(warren) == before, number
    assert len(seen) > 1, "it was killed before, and behind, what it does"


def test_update_of_one_that_runs_killed(warren, tmp_path):
    """The old generation or the new one: what is started next is whole."""
    def prepare():
        succeed(warren, "destroy", "box")
        make_box(warren)
        succeed(warren, "start", "box")
    words = ["update", "box", "-s", "hostName=two"]
    prepare()
    assert traced(warren, [], words, trace=tmp_path / "trace").returncode == 0
    seen = set()
    for number in calls_in(tmp_path / "trace", changes_only=True):
        prepare()
        result = traced(warren, kill_at(*number), words)
        assert result.returncode in (*KILLED, 0), (number, result.stderr)
        settle(warren)
        box = shown(warren)
        seen.add(box["generation"])
        assert box["state"] in ("stopped", *RUNS), (number, box)
        succeed(warren, "restart", "box")
        assert succeed(warren, "run", "box", "--", "hostname").stdout == (b"one\n" if box["generation"] == 1 else b"two\n"), number
        succeed(warren, *words)
        assert succeed(warren, "run", "box", "--", "hostname").stdout == b"two\n", number
        assert not odd_files(warren), number
    assert seen == {1, 2}


def test_repair_waits_for_what_a_killed_monitor_has_begun(warren):
    """A process between clone and exec has the claim's lock for some moments longer than its parent."""
    succeed(warren, "start", "box")
    claim = warren.root / "run/warren/box"
    os.kill(int(state(warren, "box")["monitor"]), signal.SIGKILL)
    lock = os.open(claim, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    terminate = warren.start("terminate", "box")
    with pytest.raises(subprocess.TimeoutExpired):
        terminate.wait(timeout=0.3)
    os.close(lock)
    assert terminate.wait(timeout=10) == 0
    assert shown(warren)["state"] == "stopped" and not warren.leaks()
