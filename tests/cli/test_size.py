"""What the benchmarks stand on, without a clock: memory, and the number of system calls."""
import collections
import pathlib
import re
import subprocess
import time

import pytest

import harness
from harness import BUILD, eventually

# As it is released: one static program.
STATIC = BUILD / "tests" / "warren-static"
FLOOR = BUILD / "bench" / "floor"

# What costs: every one of these waits for something, or copies something that may be large.
COSTLY = ("clone", "clone3", "fork", "vfork", "execve", "unshare", "setns", "pivot_root", "umount2", "mount",
          "fsopen", "fsmount", "open_tree", "move_mount", "wait4", "waitid")


@pytest.fixture
def static_warren(warren, monkeypatch):
    monkeypatch.setattr(harness, "WARREN", STATIC)
    return warren


def private_kilobytes(pid):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith("Private_"))


def test_private_memory_while_it_waits(static_warren, busybox):
    child = static_warren.start("spawn", "-bD", busybox, "-M", "nifty")
    static_warren.leader("nifty")
    eventually(lambda: private_kilobytes(child.pid) <= 200)
    time.sleep(0.3)
    assert private_kilobytes(child.pid) <= 200


def test_memory_is_given_back_after_work(static_warren, busybox):
    """A console that has shown much is as small as one that has shown nothing."""
    (busybox / "etc/inittab").write_text(
        "::sysinit:/bin/sh -c 'seq 100000 >/dev/console; touch /root/done'\n")
    child = static_warren.start("spawn", "-bD", busybox, "-M", "nifty", stdout=subprocess.DEVNULL)
    eventually((busybox / "root/done").exists)
    eventually(lambda: private_kilobytes(child.pid) <= 200)


def trace(command, log, inside=()):
    """The lines of strace for `command`, run by the command `inside`, each behind its process's number."""
    words = [*inside, "strace", "-f", "-qq", "-o", log, "-e", "signal=none", *command]
    run = subprocess.run(list(map(str, words)), stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert run.returncode == 0, run.stderr.decode()
    return [line for line in log.read_text().splitlines() if "resumed>" not in line and "+++" not in line]


def without_mount_table(lines):
    """Without the look at the host's mounts that follows when copying them took long, as it may on a busy machine."""
    reader = None
    for line in lines:
        process, call = line.split(None, 1)
        if call.startswith("openat(") and "/proc/self/mountinfo" in call:
            reader = process
        elif reader == process:
            reader = None if call.startswith("close(") else reader
        else:
            yield line


def count(lines):
    return collections.Counter(line.split(None, 1)[1].split("(")[0] for line in without_mount_table(lines))


@pytest.fixture
def launch(static_warren, busybox, tmp_path):
    """Traces one launch of `true`, after one that has made what stays."""
    command = [STATIC, "--root", static_warren.root, "spawn", "-qD", busybox, "-M", "counted",
               "--private-network", "/bin/true"]
    subprocess.run(list(map(str, command)), check=True, stdin=subprocess.DEVNULL)
    return lambda *inside: trace(command, tmp_path / "calls", inside)


@pytest.fixture
def floor(busybox, tmp_path):
    return count(trace([FLOOR, busybox, "counted", "/bin/true"], tmp_path / "floor"))


def test_costly_calls_are_those_of_the_floor(launch, floor):
    ours = count(launch())
    for counted in (ours, floor):
        counted["clone"] += counted.pop("clone3")
        counted["waitid"] += counted.pop("wait4", 0)
    # The floor's container does not end with the floor, come what may (lifeline.h).
    floor["clone"] += 1
    floor["waitid"] += 1
    assert {name: ours[name] for name in COSTLY} == {name: floor[name] for name in COSTLY}


def test_all_calls_are_bounded_by_the_floors(launch, floor):
    assert count(launch()).total() <= 2.15 * floor.total()


def test_calls_do_not_grow_with_containers(static_warren, launch, busybox):
    before = count(launch())
    for number in range(10):
        static_warren.start("spawn", "-qD", busybox, "-M", f"other-{number}", "/bin/sleep", "1000")
    for number in range(10):
        static_warren.leader(f"other-{number}")
    assert count(launch()) == before


def test_calls_do_not_grow_with_containers_of_one_tree(static_warren, busybox, tmp_path):
    """Each looks for a name of its own, which is not a walk through those of all others."""
    command = [STATIC, "--root", static_warren.root, "spawn", "-qD", busybox, "/bin/true"]
    found = []
    for others in (12, 12):
        children = [static_warren.start("spawn", "-qD", busybox, "/bin/sleep", "1000") for _ in range(others)]
        names = static_warren.root / "run/warren"
        eventually(lambda: len(list(names.glob("*/leader"))) == len(static_warren.children))
        assert all(child.poll() is None for child in children)
        found.append(count(trace(command, tmp_path / "calls")))
    assert found[0] == found[1]


MANY_MOUNTS = """
set -e
mount -t tmpfs many "$1"
i=0; while [ $i -lt 600 ]; do mkdir "$1/$i"; mount --bind "$1/$i" "$1/$i"; i=$((i+1)); done
shift
exec "$@"
"""


def before_the_program(lines):
    """What a launch does until it lets the child go; children do what they do at the same time."""
    own = [line for line in lines if line.split()[0] == lines[0].split()[0]]
    return own[:next(i for i, line in enumerate(own) if re.search(r'sendto\(\d+, "T"', line))]


def test_calls_do_not_grow_with_mounts(launch, tmp_path):
    before = before_the_program(launch())
    (tmp_path / "many").mkdir()
    script = ("unshare", "-m", "sh", "-c", MANY_MOUNTS, "sh", tmp_path / "many")
    assert count(before_the_program(launch(*script))) == count(before)
