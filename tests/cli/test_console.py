"""Standard streams and terminals."""
import array
import errno
import fcntl
import os
import pathlib
import pty
import select
import signal
import struct
import subprocess
import termios
import time

import pytest

from harness import eventually


class Tty:
    """warren on a pseudo terminal that the test looks at closely."""

    def __init__(self, warren, *arguments, rows=24, columns=80):
        self.master, slave = pty.openpty()
        self.slave = slave
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.flags = fcntl.fcntl(slave, fcntl.F_GETFL)

        def control():
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)

        self.child = subprocess.Popen(warren.command(*arguments), stdin=slave, stdout=slave, stderr=slave,
                                      env={**warren.environment, "TERM": "vt100"}, preexec_fn=control)
        warren.children.append(self.child)
        self.seen = b""

    def wait_for(self, text, seconds=10):
        end = time.monotonic() + seconds
        while text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            assert ready, f"waited for {text!r}, saw {self.seen!r}"
            self.seen += os.read(self.master, 65536)
        before, self.seen = self.seen.split(text, 1)
        return before

    def type(self, text):
        os.write(self.master, text)

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def end(self):
        status = self.child.wait(timeout=10)
        return status

    def close(self):
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def tty(warren):
    open_ones = []

    def start(*arguments, **options):
        open_ones.append(Tty(warren, *arguments, **options))
        return open_ones[-1]

    yield start
    for one in open_ones:
        if one.child.poll() is None:
            one.child.kill()
            one.child.wait()
        one.close()


def test_terminal_is_left_as_it_was_found(warren, busybox, tty):
    for command, status in ((["true"], 0), (["payload", "exit", "3"], 3), (["missing"], 127)):
        one = tty("spawn", "-q", "-D", busybox, *command)
        assert one.end() == status
        assert termios.tcgetattr(one.slave) == one.before
        assert fcntl.fcntl(one.slave, fcntl.F_GETFL) == one.flags


def test_terminal_is_raw_in_between_and_restored_after_sigterm(warren, busybox, tty):
    one = tty("spawn", "-q", "-D", busybox, "-M", "box", "sleep", "100")
    warren.leader("box")
    eventually(lambda: not termios.tcgetattr(one.slave)[3] & termios.ECHO)
    one.child.terminate()
    assert one.end() == 128 + signal.SIGKILL
    assert termios.tcgetattr(one.slave) == one.before


def test_a_shell_with_job_control(warren, busybox, tty):
    one = tty("spawn", "-q", "-D", busybox, "/bin/sh")
    one.wait_for(b"# ")
    one.type(b"tty; stty size; echo mode $-\n")
    shown = one.wait_for(b"mode smi\r\n").split(b"\r\n")
    assert b"/dev/pts/0" in shown
    assert b"24 80" in shown
    one.type(b"sleep 100\n")
    time.sleep(0.3)
    one.type(b"\x03")
    one.type(b"echo interrupted $?\n")
    one.wait_for(b"interrupted 130")
    one.type(b"exit 5\n")
    assert one.end() == 5


def test_window_size_is_followed(warren, busybox, tty):
    one = tty("spawn", "-q", "-D", busybox, "sh", "-c",
              "stty size; trap 'stty size; exit 0' WINCH; while true; do sleep 0.05; done", rows=30, columns=100)
    one.wait_for(b"30 100")
    time.sleep(0.2)
    one.resize(40, 120)
    one.wait_for(b"40 120")
    assert one.end() == 0


def test_last_words_are_not_lost(warren, busybox, tty):
    one = tty("spawn", "-q", "-D", busybox, "sh", "-c", "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done")
    text = one.wait_for(b"line 19999\r\n", seconds=30)
    assert text.count(b"line ") == 19999
    assert one.end() == 0


def test_streams_of_a_plain_command_are_the_callers_own(warren, busybox):
    data = os.urandom(1 << 20) + b"\r\n\n\x1d\x1d\x1d\x04\x03"
    result = warren.spawn(busybox, "cat", input=data, stdin=None)
    assert result.stdout == data
    result = warren.spawn(busybox, "sh", "-c", "echo out; echo err >&2")
    assert (result.stdout, result.stderr) == (b"out\n", b"err\n")


def test_streams_can_be_opened_again_by_name(warren, busybox):
    result = warren.spawn(busybox, "sh", "-c", "echo out > /dev/stdout; echo err > /dev/stderr")
    assert (result.stdout, result.stderr) == (b"out\n", b"err\n")
    result = warren.spawn(busybox, "-u", "luser", "sh", "-c", "echo out > /dev/stdout")
    assert result.stdout == b"out\n"


def test_large_output_through_a_pipe_that_closes(warren, busybox):
    command = " ".join(map(str, warren.command("spawn", "-D", busybox, "yes")))
    result = subprocess.run(f"{command} | head -n 3", shell=True, env=warren.environment,
                            capture_output=True, timeout=20, stdin=subprocess.DEVNULL)
    assert result.stdout == b"y\ny\ny\n"


def test_boot_has_a_console_also_without_a_terminal(warren, busybox):
    init = busybox / "bin/init"
    init.unlink()
    init.write_text("#!/bin/sh\ntty; ls -l /dev/console; echo done > /dev/console; cat; echo end\n")
    init.chmod(0o755)
    child = warren.start("spawn", "-bD", busybox, stdin=subprocess.PIPE)
    child.stdin.write(b"this must not arrive\n")
    child.stdin.flush()
    lines = [child.stdout.readline() for _ in range(3)]
    assert lines[0] == b"/dev/pts/0\r\n"
    assert lines[1].rstrip().endswith(b"/dev/console -> pts/0")
    assert lines[2] == b"done\r\n"
    time.sleep(0.2)
    assert child.poll() is None
    child.kill()
    assert b"must not" not in child.communicate(timeout=10)[0]
    assert warren.run("spawn", "-D", busybox, "-M", "nifty", "--cleanup").returncode == 0


def test_console_modes(warren, busybox):
    shown = lambda *options, **more: warren.spawn(busybox, *options, "sh", "-c",
                                                  "tty; [ -e /dev/console ] && echo console; cat", **more)
    piped = {"input": b"typed\n", "stdin": None}
    assert shown("-P", **piped).stdout == b"not a tty\ntyped\n"
    assert shown("--console=pipe", **piped).stdout == b"not a tty\ntyped\n"
    assert shown("--console=autopipe", **piped).stdout == b"not a tty\ntyped\n"
    assert shown(**piped).stdout == b"not a tty\ntyped\n"
    script = ["sh", "-c", "tty; [ -e /dev/console ] && echo console; echo more"]
    result = warren.spawn(busybox, "--console=read-only", *script)
    assert result.stdout == b"/dev/pts/0\r\nconsole\r\nmore\r\n"
    result = warren.spawn(busybox, "--console=passive", *script)
    assert (result.returncode, result.stdout) == (0, b"")
    result = warren.spawn(busybox, "--console=interactive", "sh", "-c", "read x; echo got $x", input=b"it\n", stdin=None)
    assert b"got it\r\n" in result.stdout


def test_passive_console_never_blocks(warren, busybox):
    result = warren.spawn(busybox, "--console=passive", "sh", "-c", "yes | head -c 1000000; exit 6", timeout=20)
    assert result.returncode == 6


def test_console_belongs_to_the_user(warren, busybox):
    result = warren.spawn(busybox, "--console=read-only", "-u", "luser", "sh", "-c",
                          "stat -c '%u %g %a' /dev/pts/0; echo x > /dev/console")
    assert result.stdout == b"1000 5 620\r\nx\r\n"


def test_warren_idles_when_nothing_happens(warren, busybox):
    child = warren.start("spawn", "-bD", busybox, "-M", "nifty")
    warren.leader("nifty")
    time.sleep(0.5)
    switches = lambda: [line for line in pathlib.Path(f"/proc/{child.pid}/status").read_text().splitlines() if "ctxt_switches" in line]
    before = switches()
    time.sleep(1)
    assert switches() == before


def test_memory_while_it_waits(warren, busybox):
    child = warren.start("spawn", "-bD", busybox, "-M", "nifty")
    warren.leader("nifty")
    time.sleep(0.5)
    rollup = dict(line.split(":") for line in pathlib.Path(f"/proc/{child.pid}/smaps_rollup").read_text().splitlines()[1:])
    dirty = int(rollup["Private_Dirty"].split()[0])
    assert dirty > 0  # the figure itself is in the benchmarks, where the release build runs
