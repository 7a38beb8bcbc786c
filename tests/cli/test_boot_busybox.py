"""A BusyBox system booted from its own init, as in "Infinite BusyBox with systemd"."""
import os
import pathlib
import re
import signal
import time

import pexpect
import pytest

from harness import WARREN, eventually, listing


class Terminal:
    """warren on a terminal of its own, for somebody who types."""

    def __init__(self, warren, *arguments, **options):
        self.child = pexpect.spawn(str(WARREN), [str(a) for a in arguments], timeout=20,
                                   env={**warren.environment, "TERM": "vt100"}, **options)
        self.child.delaybeforesend = None
        self.expect = self.child.expect
        self.sendline = self.child.sendline

    def log_in(self):
        self.expect("login: ")
        self.sendline("root")
        self.expect("# ")
        self.sendline("PS1='READY> '; stty -echo")  # no prompt twice, no cursor queries to answer
        self.expect("\nREADY> ")

    def run(self, command):
        """What a command prints in the shell."""
        self.sendline(command)
        self.expect("READY> ")
        text = self.child.before.decode().replace("\r\n", "\n")
        return re.sub(r"\x1b\[6n|\x1b\[J", "", text).replace("\x1d", "").removeprefix(command).lstrip("\n")

    def status(self):
        self.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus


@pytest.fixture
def terminal(warren):
    started = []

    def start(*arguments, **options):
        started.append(Terminal(warren, *arguments, **options))
        return started[-1]

    yield start
    for one in started:
        one.child.close(force=True)


def test_boot_log_in_and_halt(warren, busybox, terminal):
    before = listing(busybox)
    nifty = terminal("spawn", "-bD", busybox)
    nifty.expect(r"Running nifty. Press \^\] three times within a second to kill it.\r\n")
    nifty.log_in()
    processes = nifty.run("ps")
    assert re.search(r"^ *1 (0|root) +init", processes, re.M)
    assert "syslogd" in processes
    assert nifty.run("tty") == "/dev/pts/0\n"
    assert nifty.run("hostname") == "nifty\n"
    nifty.sendline("halt")
    assert nifty.status() == 0
    added = [p for p, _, _ in listing(busybox) if p not in [q for q, _, _ in before]]
    assert set(added) <= {"var/log/messages", "etc/resolv.conf", "etc/localtime"}


def test_same_processes_from_outside(warren, busybox):
    warren.start("spawn", "-bD", busybox, "-M", "nifty")
    leader = warren.leader("nifty")
    name = pathlib.Path(f"/proc/{leader}/comm")
    assert eventually(lambda: name.read_text() == "init\n")
    inside = re.search(r"^NSpid:.*", pathlib.Path(f"/proc/{leader}/status").read_text(), re.M)
    assert inside.group(0).split()[1:] == [str(leader), "1"]
    procs = warren.cgroup("nifty") / "cgroup.procs"

    def names():
        try:
            return sorted(pathlib.Path(f"/proc/{p}/comm").read_text().strip() for p in procs.read_text().split())
        except (FileNotFoundError, ProcessLookupError):
            return None  # one has ended meanwhile

    assert eventually(lambda: names() == ["getty", "init", "syslogd"])


def test_power_off_ends_with_0_and_reboot_starts_again(warren, busybox, terminal):
    nifty = terminal("spawn", "-q", "-bD", busybox)
    nifty.log_in()
    first = nifty.run("cat /proc/sys/kernel/random/boot_id")
    nifty.run("touch /root/kept /tmp/lost")
    nifty.sendline("reboot")
    nifty.log_in()
    assert nifty.run("cat /proc/sys/kernel/random/boot_id") != first
    assert nifty.run("ls /root /tmp") == "/root:\nkept\n\n/tmp:\n"
    nifty.sendline("poweroff")
    assert nifty.status() == 0


def test_reboot_under_keep_unit_is_133(warren, busybox):
    for verb, status in (("reboot", 133), ("poweroff", 0)):
        assert warren.spawn(busybox, "--keep-unit", "payload", verb).returncode == status
    assert warren.spawn(busybox, "--keep-unit", "payload", "exit", "133").returncode == 1
    assert warren.spawn(busybox, "payload", "exit", "133").returncode == 133


def test_arguments_go_to_init(warren, busybox):
    (busybox / "bin/init").unlink()
    init = busybox / "bin/init"
    init.write_text('#!/bin/sh\necho "init: $0 $*"\n')
    init.chmod(0o755)
    shown = warren.output(busybox, "-b", "3", "single")
    assert "init: /sbin/init 3 single" in shown


def test_own_init_comes_before_one_that_is_bound_in(warren, busybox, tmp_path):
    library = tmp_path / "lib"
    (library / "systemd").mkdir(parents=True)
    impostor = library / "systemd/systemd"
    impostor.write_text("#!/bin/sh\necho hijacked\n")
    impostor.chmod(0o755)
    (busybox / "bin/init").unlink()
    (busybox / "bin/init").write_text("#!/bin/sh\necho own init\n")
    (busybox / "bin/init").chmod(0o755)
    assert "own init" in warren.output(busybox, "-b", f"--bind-ro={library}:/usr/lib")


def test_tree_without_init(warren, bare):
    result = warren.spawn(bare, "-b")
    assert result.returncode == 125
    assert result.stderr.startswith(b"warren: start bare: boot ")
    assert b"it has no usable init" in result.stderr
    (bare / "sbin").mkdir()
    (bare / "sbin/init").write_text("not executable")
    assert warren.spawn(bare, "-b").returncode == 125


def test_sigterm_is_the_signal_that_halts(warren, busybox):
    (busybox / "etc/inittab").write_text("::sysinit:/bin/true\n::once:/bin/echo up\n")
    init = busybox / "bin/init"
    init.unlink()
    init.write_text("#!/bin/payload signals\n")
    init.chmod(0o755)
    # The kernel starts `payload signals /sbin/init`.
    child = warren.start("spawn", "-bD", busybox)
    assert child.stdout.readline() == b"ready\r\n"
    child.terminate()
    assert child.stdout.readline() == b"RTMIN+3\r\n"
    time.sleep(0.4)
    child.terminate()
    assert child.wait(timeout=10) == 128 + signal.SIGKILL


def test_busybox_halts_on_sigterm(warren, busybox):
    child = warren.start("spawn", "-bD", busybox, "-M", "nifty", "--kill-signal=USR1")
    log = busybox / "var/log/messages"
    eventually(lambda: log.exists() and "syslogd started" in log.read_text())
    child.terminate()  # BusyBox halts on SIGUSR1
    assert child.wait(timeout=20) == 0


def test_escape_kills(warren, busybox, terminal):
    nifty = terminal("spawn", "-q", "-bD", busybox)
    nifty.log_in()
    nifty.child.send("\x1d\x1d")
    time.sleep(1.2)
    nifty.child.send("\x1d\x15")  # and ^U, which empties the line
    assert nifty.run("echo still here") == "still here\n"
    nifty.child.send("\x1d\x1d\x1d")
    assert nifty.status() == 128 + signal.SIGKILL


def test_hundred_reboots_leave_no_descriptor_behind(warren, busybox):
    init = busybox / "bin/init"
    init.unlink()
    init.write_text('#!/bin/sh\nn=$(cat /root/n 2>/dev/null || echo 0)\necho $((n + 1)) > /root/n\n'
                    '[ $n -lt 100 ] && payload reboot\nexit 0\n')
    init.chmod(0o755)
    child = warren.start("spawn", "-bD", busybox)
    count = busybox / "root/n"
    done = lambda: int(count.read_text() or 0) if count.exists() else 0
    descriptors = lambda: len(os.listdir(f"/proc/{child.pid}/fd"))
    eventually(lambda: done() >= 5, 60)
    early = descriptors()
    eventually(lambda: done() > 80, 60)
    assert descriptors() <= early + 12  # of one launch under way
    assert child.wait(timeout=60) == 0
    assert count.read_text() == "101\n"
