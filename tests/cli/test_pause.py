"""pause and resume: the freezer."""
import pathlib
import signal
import subprocess

import pytest

from declared import declare, last, state, stop_all, succeed, until
from harness import eventually, kill


def shown(warren, name):
    return succeed(warren, "list").stdout.decode().split(f"\n{name} ", 1)[1].split()[0]


@pytest.fixture
def box(warren, busybox):
    """A container whose process 1 counts in a file."""
    declare(warren, "box", busybox, "/bin/sh", "-c",
            "trap 'exit 0' TERM; while :; do echo x >>/count; sleep 0.01; done")
    succeed(warren, "start", "box")
    yield pathlib.Path(busybox) / "count"
    stop_all(warren)


def test_nothing_runs_while_it_is_paused(warren, box):
    eventually(lambda: box.exists() and box.stat().st_size)
    succeed(warren, "pause", "box")
    assert shown(warren, "box") == "paused"
    assert b"state: paused" in succeed(warren, "status", "box").stdout
    before = box.stat().st_size
    succeed(warren, "pause", "box")
    assert box.stat().st_size == before
    succeed(warren, "resume", "box")
    eventually(lambda: box.stat().st_size > before)
    succeed(warren, "resume", "box")
    assert shown(warren, "box") == "running"


@pytest.mark.parametrize("verb", ["stop", "terminate"])
def test_a_paused_one_ends_at_once(warren, box, verb):
    succeed(warren, "pause", "box")
    succeed(warren, verb, "box", timeout=20)
    assert shown(warren, "box") == "stopped"
    assert last(warren, "box")["failed"] == "no"


def test_a_paused_one_is_restarted_and_destroyed(warren, box):
    succeed(warren, "pause", "box")
    succeed(warren, "restart", "box", timeout=20)
    assert shown(warren, "box") == "running"
    succeed(warren, "pause", "box")
    succeed(warren, "destroy", "box", timeout=20)
    assert b"box" not in succeed(warren, "list").stdout


def test_what_would_stand_still_is_refused(warren, box):
    succeed(warren, "pause", "box")
    for arguments, line in [(("run", "box", "true"), "run in box: box: it is paused"),
                            (("start", "box"), "start box: box: it is paused"),
                            (("reload", "box"), "reload box: box: it is paused")]:
        result = warren.run(*arguments, timeout=20)
        assert result.returncode == 125
        assert result.stderr.decode().splitlines()[0] == f"warren: {line} (warren resume box)"


def test_what_does_not_run_cannot_be_paused(warren, busybox):
    declare(warren, "box", busybox, "/bin/sleep", "1000")
    for verb in ("pause", "resume"):
        result = warren.run(verb, "box")
        assert result.returncode == 125
        assert result.stderr.decode() == f"warren: {verb} box: box: it is not running\n"
    succeed(warren, "pause", "--all")


def test_many_at_once(warren, busybox):
    for name in ("one", "two", "off"):
        declare(warren, name, busybox, "/bin/sleep", "1000")
    succeed(warren, "start", "one", "two")
    succeed(warren, "pause", "--all")
    assert [shown(warren, name) for name in ("one", "two", "off")] == ["paused", "paused", "stopped"]
    succeed(warren, "resume", "one", "two")
    assert shown(warren, "one") == shown(warren, "two") == "running"
    stop_all(warren)


def test_a_monitor_that_is_killed_leaves_nothing_frozen(warren, box):
    succeed(warren, "pause", "box")
    monitor = int(state(warren, "box")["monitor"])
    subprocess.run(["kill", "-9", str(monitor)], check=True)
    eventually(lambda: shown(warren, "box") == "failed")
    succeed(warren, "start", "box", timeout=20)
    until(warren, "box", "running")


def test_one_of_spawn_is_paused_and_asked_to_end(warren, busybox):
    child = warren.start("spawn", "-D", busybox, "-M", "free", "/bin/sh", "-c",
                         "trap 'exit 7' TERM; while :; do sleep 0.01; done")
    warren.leader("free")
    eventually(lambda: warren.run("pause", "free").returncode == 0)
    assert shown(warren, "free") == "paused"
    assert kill(child, signal.SIGTERM) in (7, 128 + signal.SIGKILL)
