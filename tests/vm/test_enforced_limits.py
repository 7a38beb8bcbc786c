"""Limits on a host whose cgroup v2 has all controllers: each is hit by who wants more."""
import json
import os
import pathlib
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


def test_weights_of_disks(warren, busybox):
    number = f"{os.major(os.stat('/dev/vda').st_rdev)}:{os.minor(os.stat('/dev/vda').st_rdev)}"
    declare(warren, "box", busybox, "/bin/sleep", "1000",
            limits={"ioWeight": 50, "io": [{"device": "/dev/vda", "weight": 20}]})
    refused = warren.run("start", "box")
    assert refused.returncode == 125 and refused.stderr.decode().splitlines()[0] == (
        f"warren: start box: hold limits.io: this host keeps no weights for disk {number} (write "
        f"'{number} enable=1' to its /sys/fs/cgroup/io.cost.qos, or declare limits.required = false)")
    switch = pathlib.Path("/sys/fs/cgroup/io.cost.qos")
    switch.write_text(f"{number} enable=1")
    succeed(warren, "start", "box")
    file = warren.cgroup("box") / "io.weight"
    assert file.read_text() == f"default 50\n{number} 20\n"
    succeed(warren, "set", "box", "limits.io=[]", "limits.ioWeight=200")
    assert file.read_text() == "default 200\n"
    stop_all(warren)
    switch.write_text(f"{number} enable=0")


def test_a_disk_is_as_slow_as_declared(warren, busybox):
    """Written past the cache of the host's memory, since only that reaches the disk at once."""
    command = "cd /; while :; do dd if=/dev/zero of=x bs=64k count=16 oflag=direct 2>/dev/null; echo x >>done; done"
    declare(warren, "box", busybox, "/bin/sh", "-c", command,
            limits={"io": [{"device": "/dev/vda", "writeBandwidth": "1M"}]})
    begin = time.monotonic()
    succeed(warren, "start", "box")
    done = pathlib.Path(busybox) / "done"

    def megabytes():
        return done.stat().st_size // 2 if done.exists() else 0

    time.sleep(6)
    assert megabytes() <= time.monotonic() - begin + 2
    succeed(warren, "set", "box", "limits.io=[]")
    before, begin = megabytes(), time.monotonic()
    eventually(lambda: megabytes() > before + 30)
    assert time.monotonic() - begin < 30
    stop_all(warren)
