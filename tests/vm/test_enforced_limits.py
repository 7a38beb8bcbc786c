"""Limits on a host whose cgroup v2 has all controllers: each is hit by who wants more."""
import json
import time

from declared import declare, last, stop_all, succeed
from harness import eventually


def status(warren, name):
    return json.loads(succeed(warren, "status", "--json", name).stdout)[0]


def usage(warren):
    return status(warren, "box")["usage"]


def hungry(megabytes):
    """A command that wants so much memory."""
    return ("/bin/sh", "-c", f"dd if=/dev/zero bs={megabytes}M count=1 of=/dev/null; sleep 1000")


def test_files_of_the_cgroup(warren, busybox):
    declare(warren, "box", busybox, "/bin/sleep", "1000",
            limits={"memory": "64M", "memoryHigh": "60M", "cpus": 0.5, "cpuWeight": 50, "tasks": 20})
    succeed(warren, "start", "box")
    for file, text in (("memory.max", str(64 << 20)), ("memory.high", str(60 << 20)), ("cpu.max", "50000 100000"),
                       ("cpu.weight", "50"), ("pids.max", "20")):
        assert (warren.cgroup("box") / file).read_text().strip() == text
    used = usage(warren)
    assert used["memory"]["allowed"] == 64 << 20 and 0 < used["memory"]["used"] < 64 << 20
    assert used["tasks"] == {"used": 1, "allowed": 20} and used["cpu"]["allowed"] == 0.5
    # The container's root cannot give itself more.
    for file in ("memory.max", "pids.max", "cpu.max"):
        assert warren.run("run", "box", "sh", "-c", f"echo max >/sys/fs/cgroup/{file}").returncode != 0
    stop_all(warren)


def test_a_memory_bomb_is_killed_and_told(warren, busybox):
    declare(warren, "box", busybox, "/bin/dd", "if=/dev/zero", "bs=200M", "count=1", "of=/tmp/x",
            limits={"memory": "32M", "swap": 0}, restart="no")
    warren.run("start", "box")
    eventually(lambda: "out of memory" in last(warren, "box").get("reason", ""), seconds=60)
    assert last(warren, "box")["failed"] == "yes"
    assert status(warren, "box")["lastExit"]["reason"].startswith("out of memory: the kernel has killed process 1")
    assert b"box: out of memory: the kernel has killed processes" in succeed(warren, "logs", "box").stdout


def test_a_memory_bomb_beside_process_1_is_told_while_it_runs(warren, busybox):
    declare(warren, "box", busybox, *hungry(200), limits={"memory": "32M", "swap": 0})
    succeed(warren, "start", "box")
    eventually(lambda: usage(warren)["memoryKills"], seconds=60)
    eventually(lambda: b"box: out of memory" in succeed(warren, "logs", "box").stdout)
    stop_all(warren)


def test_a_fork_bomb_stays_inside(warren, busybox):
    declare(warren, "box", busybox, "/bin/sleep", "1000", limits={"tasks": 25})
    succeed(warren, "start", "box")
    bomb = warren.run("run", "box", "sh", "-c", "while :; do sleep 1000 >/dev/null 2>&1 & done")
    assert bomb.returncode != 0 and b"can't fork" in bomb.stderr
    assert int((warren.cgroup("box") / "pids.events").read_text().split()[1]) > 0
    assert 20 < usage(warren)["tasks"]["used"] <= 25
    stop_all(warren)


def test_processors_are_shared_as_declared_and_live(warren, busybox):
    def share(seconds=3):
        before, begin = usage(warren)["cpu"]["seconds"], time.monotonic()
        time.sleep(seconds)
        return (usage(warren)["cpu"]["seconds"] - before) / (time.monotonic() - begin)

    declare(warren, "box", busybox, "/bin/sh", "-c", "while :; do :; done", limits={"cpus": 0.2})
    succeed(warren, "start", "box")
    leader = warren.leader("box")
    assert share() < 0.3
    succeed(warren, "set", "box", "limits.cpus=0.05", "limits.memory=64M")
    assert warren.leader("box") == leader
    assert (warren.cgroup("box") / "cpu.max").read_text().strip() == "5000 100000"
    assert (warren.cgroup("box") / "memory.max").read_text().strip() == str(64 << 20)
    assert share() < 0.12
    stop_all(warren)


def test_a_disk_is_limited_and_let_go(warren, busybox):
    declare(warren, "box", busybox, "/bin/sleep", "1000",
            limits={"io": [{"device": "/dev/vda", "readBandwidth": "1M", "writeOperations": 100}]})
    succeed(warren, "start", "box")
    assert "rbps=1048576 wbps=max riops=max wiops=100" in (warren.cgroup("box") / "io.max").read_text()
    succeed(warren, "set", "box", "limits.io=[]")
    assert (warren.cgroup("box") / "io.max").read_text() == ""
    stop_all(warren)
