"""warren killed, or refused, at every single system call of a start.

strace(1) does it: it counts the calls of warren itself by name and acts on one of them.
"""
import collections
import os
import pathlib
import re
import signal
import subprocess

import pytest

from harness import WARREN, eventually, host_mounts, is_gone, listing

CHUNKS = 16


def traced(warren, options, tree, *arguments, trace="/dev/null"):
    return subprocess.run(["strace", "-qq", "-o", trace, *options, "--", *warren.command("spawn", "-D", tree, "-M", "box", *arguments)],
                          env=warren.environment, capture_output=True, stdin=subprocess.DEVNULL, timeout=20)


def calls_of_a_start(warren, tree, tmp_path, *arguments):
    """Every call of warren's own code in a start: its name, and which one of that name it is."""
    trace = tmp_path / "trace"
    result = traced(warren, [], tree, *arguments, trace=trace)
    assert result.returncode == 0, result.stderr
    calls, counts, ours = [], collections.Counter(), False
    for line in trace.read_text().splitlines():
        name = re.match(r"(\w+)\(", line)
        if not name:
            continue
        counts[name.group(1)] += 1
        ours = ours or line.startswith('openat(AT_FDCWD, "/dev/null"')
        if ours and name.group(1) not in ("exit_group", "brk", "mmap", "munmap"):
            calls.append((name.group(1), counts[name.group(1)]))
    assert len(calls) > 300
    return calls


# The kernel does these whatever it answers, and a refusal of strace's does not.
NEVER_REFUSED = {"close", "wait4", "waitid", "epoll_wait", "epoll_pwait"}

# A tree that lacks mount points, and everything that must be taken back on the host.
ARGUMENTS = ["-x", "--bind=:/scratch", "--tmpfs=/made/here", "payload", "exit", "0"]
PLAIN = ["--private-network", "--tmpfs=/made/here", "payload", "exit", "0"]


def leaders(warren):
    """Processes that are still in the container's cgroup."""
    procs = warren.cgroup("box") / "cgroup.procs"
    try:
        return [pid for pid in procs.read_text().split() if not is_gone(pid)]
    except OSError:
        return []


@pytest.mark.parametrize("arguments", [ARGUMENTS, PLAIN], ids=["ephemeral", "plain"])
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_killed_at_every_call(warren, bare, tmp_path, chunk, arguments):
    tree = listing(bare)
    mounts = host_mounts()
    for name, which in calls_of_a_start(warren, bare, tmp_path, *arguments)[chunk::CHUNKS]:
        number = f"{name} {which}"
        result = traced(warren, ["-e", f"inject={name}:signal=KILL:when={which}"], bare, *arguments)
        assert result.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL, 0), number
        eventually(lambda: not leaders(warren), 5)
        assert host_mounts() == mounts
        # The next start of the name does not stumble, and leaves nothing of either.
        again = warren.spawn(bare, "-M", "box", *arguments)
        assert again.returncode == 0, (number, again.stderr)
        assert not warren.leaks(), number
        assert listing(bare) == tree, number


@pytest.mark.parametrize("error", ["ENOMEM", "EPERM"])
@pytest.mark.parametrize("arguments", [ARGUMENTS, PLAIN], ids=["ephemeral", "plain"])
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_refused_at_every_call(warren, bare, tmp_path, chunk, arguments, error):
    tree = listing(bare)
    calls = [call for call in calls_of_a_start(warren, bare, tmp_path, *arguments)
             if call[0] not in NEVER_REFUSED]
    for name, which in calls[chunk::CHUNKS]:
        number = f"{name} {which}"
        result = traced(warren, ["-e", f"inject={name}:error={error}:when={which}"], bare, *arguments)
        text = result.stderr.decode()
        assert result.returncode in (0, 125), (number, result.returncode, text)
        assert text.count("\n") <= 1, (number, text)
        if result.returncode == 125:
            assert text.startswith("warren: "), (number, text)
        eventually(lambda: not leaders(warren), 5)
        # What could not be taken back because taking back was refused goes with the next start.
        again = warren.spawn(bare, "-M", "box", *arguments)
        assert again.returncode == 0, (number, again.stderr)
        assert not warren.leaks(), number
        assert listing(bare) == tree, number


@pytest.mark.parametrize("call", ["openat2", "clone3", "mount_setattr", "open_tree", "fsopen", "move_mount", "pidfd_send_signal"])
def test_missing_calls_are_one_clear_line(warren, busybox, call):
    """An old kernel, or one that a sandbox makes look old."""
    result = traced(warren, ["-e", f"inject={call}:error=ENOSYS"], busybox, "true")
    assert result.returncode in (0, 125)
    if result.returncode:
        assert result.stderr.count(b"\n") == 1 and result.stderr.startswith(b"warren: ")


def test_full_disk(warren, busybox, tmp_path):
    """The state directory on a file system without room."""
    script = f'mount -t tmpfs -o size=4k,nr_inodes=8 tmpfs {warren.root}; exec "$@"'
    result = subprocess.run(["unshare", "-m", "sh", "-ec", script, "sh",
                             *warren.command("spawn", "-x", "-D", busybox, "--bind=:/a", "--bind=:/b", "true")],
                            env=warren.environment, capture_output=True, stdin=subprocess.DEVNULL)
    assert result.returncode == 125
    assert result.stderr.count(b"\n") == 1 and b"No space left on device" in result.stderr


def test_two_hundred_rounds_leave_the_host_as_it_was(warren, busybox):
    mounts = host_mounts()
    for i in range(200):
        assert warren.spawn(busybox, "-M", f"box{i % 3}", "--private-network", "payload", "exit", "0").returncode == 0
    assert host_mounts() == mounts
    assert not warren.leaks()


def test_many_mounts_on_the_host(warren, busybox):
    """The second launch copies an empty mount namespace instead; everything works as before."""
    script = f"""
        mount -t tmpfs tmpfs /mnt
        for i in $(seq 400); do mkdir /mnt/$i; mount -t tmpfs tmpfs /mnt/$i; done
        for i in 1 2 3; do
          "$@" -D {busybox} -x --overlay=+/etc:/usr::/both --bind=/usr:/host sh -c \
            'mount | wc -l; ls -d /both/passwd /both/bin /host/bin; ls -d /mnt/1 /usr/../../mnt/1; echo $$'
        done
        grep -c {warren.root} /proc/self/mountinfo
    """
    result = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", WARREN, "spawn", "-M", "box"],
                            env=warren.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    lines = result.stdout.split()
    assert lines.count("/both/passwd") == 3 and lines.count("/both/bin") == 3 and lines.count("/host/bin") == 3
    assert "/mnt/1" not in lines
    mounts = [int(line) for line in lines if line.isdigit()]
    assert mounts[-1] in (0, 2), "kept by two lines, if a launch was slow enough to notice"
    assert len(set(mounts[0:-1:2])) == 1 and max(mounts[:-1]) < 40


def test_sigkill_kills_the_container(warren, busybox):
    for arguments in (["sleep", "1000"], ["-a", "sleep", "1000"], ["-u", "luser", "sleep", "1000"],
                      ["--private-users=no", "sleep", "1000"], ["-b"]):
        child = warren.start("spawn", "-D", busybox, "-M", "box", *arguments)
        leader = warren.leader("box")
        pids = (warren.cgroup("box") / "cgroup.procs").read_text().split()
        child.kill()
        child.wait(timeout=10)
        eventually(lambda: all(is_gone(pid) for pid in pids))
        assert warren.run("spawn", "-D", busybox, "-M", "box", "--cleanup").returncode == 0
        assert not warren.leaks()


@pytest.mark.parametrize("arguments", [["payload", "survive"], ["su", "luser", "-c", "echo surviving; exec sleep 1000"]])
def test_payload_that_lost_its_death_signal_dies_too(warren, busybox, arguments):
    """A hostile payload can take PR_SET_PDEATHSIG back; a change of user takes it away anyway."""
    child = warren.start("spawn", "-D", busybox, "-M", "box", *arguments)
    assert child.stdout.readline() == b"surviving\n"
    leader = warren.leader("box")
    child.kill()
    child.wait(timeout=10)
    eventually(lambda: is_gone(leader))
    assert warren.spawn(busybox, "-M", "box", "true").returncode == 0
    assert not warren.leaks()


def test_ending_normally_leaves_no_process(warren, busybox):
    child = warren.start("spawn", "-D", busybox, "-M", "box", "cat", stdin=subprocess.PIPE)
    leader = warren.leader("box")
    children = pathlib.Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()
    assert str(leader) in children and len(children) == 2
    child.stdin.close()
    assert child.wait(timeout=10) == 0
    assert all(is_gone(pid) for pid in children)
