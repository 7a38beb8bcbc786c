"""Declared containers: started, kept running, asked to end, killed, and what is known of them."""
import os
import pathlib
import random
import re
import signal
import subprocess
import time

import pytest

from declared import declare, last, nothing_is_left, state, succeed, until  # noqa: F401
from harness import PATIENCE, eventually, is_gone


@pytest.fixture
def box(warren, busybox):
    declare(warren, "box", busybox)
    return "box"


def test_start_and_stop(warren, box):
    succeed(warren, "start", box)
    noted = state(warren, box)
    assert noted["state"] == "running" and noted["generation"] == "1" and noted["restarts"] == "0"
    assert int(noted["leader"]) == warren.leader(box)
    assert abs(int(noted["since"]) - time.time()) < 30
    assert succeed(warren, "run", box, "hostname").stdout == b"box\n"
    assert succeed(warren, "start", box).stderr == b"", "it runs already"
    assert state(warren, box) == noted
    begin = time.monotonic()
    succeed(warren, "stop", box)
    assert time.monotonic() - begin < 10 * PATIENCE
    assert is_gone(int(noted["monitor"])) and is_gone(int(noted["leader"]))
    ending = last(warren, box)
    assert ending["failed"] == "no" and ending["reason"] == "it powered off"
    succeed(warren, "stop", box)
    assert not warren.leaks()


def test_the_monitor_is_nobodys(warren, box):
    succeed(warren, "start", box)
    monitor = state(warren, box)["monitor"]
    assert os.getsid(int(monitor)) == int(monitor)
    assert os.readlink(f"/proc/{monitor}/cwd") == "/"
    assert {os.readlink(f"/proc/{monitor}/fd/{fd}") for fd in (0, 1, 2)} == {"/dev/null"}
    assert pathlib.Path(f"/proc/{monitor}/environ").read_bytes() == b""


def test_unknown_names(warren):
    for verb in ("start", "stop", "restart", "reload", "terminate"):
        result = warren.run(verb, "nobox")
        assert result.returncode == 125
        assert result.stderr == f"warren: {verb}: nobox: there is no such container\n".encode()


def test_many_at_once(warren, busybox):
    for i in range(20):
        declare(warren, f"box{i}", busybox, "sleep", "1000")
    declare(warren, "bad", busybox, "nonesuch")
    result = warren.run("start", "--all")
    assert result.returncode == 125
    assert [line for line in result.stderr.decode().splitlines() if line.startswith("warren: ")] == [
        "warren: start bad: execute nonesuch: No such file or directory"]
    for i in range(20):
        assert state(warren, f"box{i}")["state"] == "running"
    succeed(warren, "terminate", "--all")
    assert not warren.leaks()


def test_ready_when_the_fifo_is_written(warren, busybox):
    inittab = busybox / "etc/inittab"
    inittab.write_text(inittab.read_text() + "::sysinit:/bin/sh -c 'sleep 0.5; touch /tmp/late; echo ready > /run/host/ready'\n")
    declare(warren, "box", busybox)
    succeed(warren, "start", "box")
    succeed(warren, "run", "box", "test", "-e", "/tmp/late")
    assert warren.run("run", "-u", "luser", "box", "--", "sh", "-c", "echo x > /run/host/ready").returncode != 0


def test_not_ready_in_time(warren, busybox):
    inittab = busybox / "etc/inittab"
    inittab.write_text("::sysinit:/bin/sh -c 'echo waiting for Godot; sleep 100'\n")
    declare(warren, "box", busybox, timeoutStartSec=0.5)
    result = warren.run("start", "box")
    assert result.returncode == 125
    lines = result.stderr.decode().splitlines()
    assert lines[0] == "warren: start box: it was not ready after 500 ms"
    assert "  | waiting for Godot" in lines
    assert last(warren, "box")["failed"] == "yes"
    assert not warren.leaks()


@pytest.mark.parametrize("limit", [0, "infinity"])
def test_no_limit_to_getting_ready(warren, busybox, limit):
    inittab = busybox / "etc/inittab"
    inittab.write_text("::sysinit:/bin/sh -c 'while ! test -e /tmp/go; do sleep 0.1; done; echo > /run/host/ready'\n")
    declare(warren, "box", busybox, timeoutStartSec=limit)
    first = warren.start("start", "box")
    until(warren, "box", "starting")
    eventually(lambda: int(state(warren, "box")["leader"]))
    monitor = state(warren, "box")["monitor"]
    links = [os.readlink(f"/proc/{monitor}/fd/{fd}") for fd in os.listdir(f"/proc/{monitor}/fd")]
    assert "anon_inode:[timerfd]" not in links, "nothing ends it"
    second = warren.start("start", "box")
    time.sleep(0.3)
    assert first.poll() is None and second.poll() is None
    switches = lambda: sum(map(int, re.findall(r"ctxt_switches:\s+(\d+)", pathlib.Path(f"/proc/{second.pid}/status").read_text())))
    before = switches()
    time.sleep(0.5)
    assert switches() - before < 5, "who waits looks at nothing meanwhile"
    pathlib.Path(f"/proc/{state(warren, 'box')['leader']}/root/tmp/go").touch()
    assert first.wait(timeout=30 * PATIENCE) == second.wait(timeout=30 * PATIENCE) == 0


def test_a_start_outlives_the_one_it_waits_for(warren, busybox):
    inittab = busybox / "etc/inittab"
    inittab.write_text("::sysinit:/bin/sh -c 'sleep 2; echo > /run/host/ready'\n")
    declare(warren, "box", busybox)
    first = warren.start("start", "box")
    eventually(lambda: int(state(warren, "box").get("leader", 0)))
    second = warren.start("start", "box")
    time.sleep(0.2)
    os.kill(int(state(warren, "box")["monitor"]), signal.SIGKILL)
    assert first.wait(timeout=20 * PATIENCE) == 125 and second.wait(timeout=20 * PATIENCE) == 0
    assert state(warren, "box")["state"] == "running"


def test_two_starts_at_once(warren, box):
    starts = [warren.start("start", box) for _ in range(6)]
    assert [start.wait(timeout=30 * PATIENCE) for start in starts] == [0] * 6
    assert state(warren, box)["state"] == "running"


@pytest.mark.parametrize("policy, status, again", [
    ("no", 1, False), ("on-failure", 1, True), ("on-failure", 0, False), ("always", 0, True)])
def test_restart_policy(warren, busybox, policy, status, again):
    declare(warren, "box", busybox, "sh", "-c", f"sleep 0.1; exit {status}", restart=policy)
    succeed(warren, "start", "box")
    if again:
        eventually(lambda: int(state(warren, "box").get("restarts", 0)) >= 3)
        succeed(warren, "stop", "box")
    else:
        eventually(lambda: last(warren, "box") and not state(warren, "box"))
        assert last(warren, "box")["status"] == str(status)
        assert last(warren, "box")["failed"] == ("yes" if status else "no")


def test_restarts_come_ever_later(warren, busybox):
    directory = declare(warren, "box", busybox, "sh", "-c", "cat /proc/uptime; exit 1")
    succeed(warren, "start", "box")
    eventually(lambda: int(state(warren, "box").get("restarts", 0)) >= 5)
    succeed(warren, "stop", "box")
    times = [float(t) for t in re.findall(r"^([\d.]+) [\d.]+\r?$", (directory / "console.log").read_text(), re.M)]
    gaps = [b - a for a, b in zip(times, times[1:])]
    assert all(gap >= 0.09 * 2**i for i, gap in enumerate(gaps[:5]))


def test_reboot_inside_starts_again_and_poweroff_stays_down(warren, box):
    succeed(warren, "start", box)
    before = state(warren, box)
    warren.run("run", box, "reboot")
    after = eventually(lambda: (s := state(warren, box)) and s["restarts"] == "1" and s["state"] == "running" and s)
    assert after["monitor"] == before["monitor"] and after["leader"] != before["leader"]
    warren.run("run", box, "poweroff")
    eventually(lambda: not state(warren, box))
    assert last(warren, box)["reason"] == "it powered off" and last(warren, box)["failed"] == "no"


def test_who_does_not_end_is_killed(warren, busybox):
    directory = declare(warren, "box", busybox, "sh", "-c", "trap : TERM; echo trapped; while :; do sleep 1; done", timeoutStopSec=0.7)
    succeed(warren, "start", "box")
    eventually(lambda: "trapped" in (directory / "console.log").read_text())
    begin = time.monotonic()
    succeed(warren, "stop", "box")
    assert 0.6 < time.monotonic() - begin < 5 * PATIENCE


def test_terminate_does_not_wait(warren, busybox):
    declare(warren, "box", busybox, "sh", "-c", "trap '' TERM; while :; do sleep 1; done", restart="always")
    succeed(warren, "start", "box")
    begin = time.monotonic()
    succeed(warren, "terminate", "box")
    assert time.monotonic() - begin < 3 * PATIENCE and not state(warren, "box")


def test_restart(warren, box):
    succeed(warren, "start", box)
    before = state(warren, box)
    succeed(warren, "restart", box)
    assert state(warren, box)["leader"] != before["leader"]


def test_reload_reads_inittab_again(warren, busybox):
    declare(warren, "box", busybox)
    succeed(warren, "start", "box")
    eventually(lambda: warren.run("run", "box", "pidof", "syslogd").returncode == 0)
    succeed(warren, "run", "box", "--", "sh", "-c", "echo '::respawn:/bin/sleep 4711' >> /etc/inittab")
    succeed(warren, "reload", "box")
    eventually(lambda: b"4711" in warren.run("run", "box", "ps").stdout)
    declare(warren, "plain", busybox, "/bin/payload", "sleep")
    assert b"it is not running" in warren.run("reload", "plain").stderr


def test_debian_says_when_it_is_ready(warren, debian, tmp_path):
    tree = tmp_path / "debian"  # what it changes stays in the tree
    subprocess.run(["cp", "-a", "--reflink=auto", debian, tree], check=True)
    declare(warren, "deb", tree, timeoutStartSec=60 * PATIENCE)
    succeed(warren, "start", "deb")
    assert succeed(warren, "run", "deb", "--", "systemctl", "is-active", "multi-user.target").stdout == b"active\n"
    succeed(warren, "reload", "deb")
    succeed(warren, "stop", "deb")
    assert last(warren, "deb")["reason"] == "it powered off"


@pytest.mark.parametrize("moment", range(10))
def test_a_killed_monitor_takes_the_container_along(warren, box, moment):
    """SIGKILL at moments of the start and after it; the next verb repairs."""
    starting = warren.start("start", box)
    noted = eventually(lambda: state(warren, box))
    time.sleep(random.Random(moment).random() * 0.03)
    leader = state(warren, box).get("leader", "0")
    os.kill(int(noted["monitor"]), signal.SIGKILL)
    starting.wait(timeout=10 * PATIENCE)
    if leader != "0":
        eventually(lambda: is_gone(int(leader)))
    succeed(warren, *(("start", box) if moment % 2 else ("stop", box)))
    assert state(warren, box).get("state") == ("running" if moment % 2 else None)
    if moment % 2 == 0:
        assert not warren.leaks()


def test_the_monitor_idles_in_little_memory(warren, box):
    succeed(warren, "start", box)
    monitor = state(warren, box)["monitor"]
    time.sleep(1)
    switches = lambda: re.findall(r"ctxt_switches:\s*(\d+)", pathlib.Path(f"/proc/{monitor}/status").read_text())
    before = switches()
    time.sleep(1)
    assert switches() == before
    rollup = pathlib.Path(f"/proc/{monitor}/smaps_rollup").read_text()
    assert int(re.search(r"Private_Dirty:\s*(\d+)", rollup).group(1)) < 1000  # a debug build


@pytest.mark.parametrize("verb", ["stop", "terminate"])
def test_ends_though_its_starter_ignored_signals(warren, box, verb):
    """As a script's background jobs are started."""
    ignore = lambda: [signal.signal(s, signal.SIG_IGN) for s in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT,
                                                                 signal.SIGTERM, signal.SIGCHLD)]
    assert warren.run("start", box, preexec_fn=ignore).returncode == 0
    begin = time.monotonic()
    succeed(warren, verb, box)
    assert time.monotonic() - begin < 10 * PATIENCE


def test_what_is_there_already_is_not_written_again(warren):
    succeed(warren, "create", "box", "-i", "busybox", "-s", "privateNetwork=true", "-s", 'files."/etc/note".text="hello"')
    upper = warren.root / "var/lib/warren/containers/box/changes/upper/etc"
    seen = []
    for _ in range(2):
        succeed(warren, "start", "box")
        seen.append({p.name: (p.stat().st_ino, p.stat().st_ctime_ns) for p in upper.iterdir() if p.is_file()})
        succeed(warren, "terminate", "box")
    assert seen[0] == seen[1] and {"hostname", "hosts", "inittab", "note"} <= set(seen[0])


def test_start_of_a_name_that_spawn_has(warren, busybox):
    declare(warren, "box", busybox, "sleep", "1000")
    spawned = warren.start("spawn", "-D", busybox, "-M", "box", "--private-network", "sleep", "1000")
    warren.leader("box")
    result = warren.run("start", "box", timeout=30 * PATIENCE)
    assert result.returncode == 125
    assert result.stderr == (b"warren: start box: a container of this name is running "
                             b"(warren spawn runs one: end that first)\n")
    spawned.terminate()
    spawned.wait(timeout=20 * PATIENCE)
    succeed(warren, "start", "box")


def test_other_users_can_take_no_lock(warren, box):
    """Locks are taken on directories and files: who can open none holds up nobody. To come by in order to log in is fine."""
    succeed(warren, "start", "box")
    top = [warren.root / "run/warren", warren.root / "var/lib/warren"]
    paths = [path for one in top for path in one.rglob("*") if not path.is_symlink() and (path.is_dir() or path.is_file())]
    assert {path.name for path in paths} >= {"box", "id-ranges", "containers", "generations"}
    tries = "import os, sys\nfor path in sys.stdin.read().split('\\0'):\n  try: os.open(path, os.O_RDONLY); print(path)\n  except PermissionError: pass\n"
    for parent in reversed([*warren.root.parents, warren.root]):
        assert parent == pathlib.Path("/tmp") or parent.stat().st_mode & 1 or not str(parent).startswith("/tmp/") or not parent.chmod(0o711)
    opened = subprocess.run(["/usr/bin/python3", "-c", tries], input="\0".join(map(str, paths)), text=True, check=True,
                            capture_output=True, user=65534, group=65534, extra_groups=[]).stdout.splitlines()
    assert {os.path.basename(path) for path in opened} <= {"leader", "state"}, "what runs may be known"
    assert (warren.root / "run/warren/box").stat().st_mode & 0o777 == 0o711
