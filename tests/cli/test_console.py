"""Standard streams and terminals."""
import fcntl
import hashlib
import os
import pathlib
import select
import signal
import subprocess
import tempfile
import termios
import time

import pytest

from harness import eventually


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


def test_window_is_that_of_the_output(warren, busybox, tty):
    """Also at the start, and with something else as input."""
    one = tty("spawn", "-q", "-D", busybox, "--console=read-only", "sh", "-c",
              "stty size; trap 'stty size; exit 0' WINCH; while true; do sleep 0.05; done",
              rows=33, columns=99, stdin=subprocess.DEVNULL)
    one.wait_for(b"33 99")
    time.sleep(0.2)
    one.resize(44, 111)
    one.wait_for(b"44 111")
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


MODES = ["interactive", "read-only", "passive", "pipe", "autopipe"]
STREAMS = {
    "nothing": lambda: None,
    "/dev/null": lambda: open("/dev/null", "r+b", buffering=0),
    "/dev/full": lambda: open("/dev/full", "r+b", buffering=0),
    "a file": lambda: tempfile.TemporaryFile(buffering=0),
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("streams", STREAMS)
def test_any_streams_do(warren, busybox, mode, streams):
    """Also streams that are closed, as for a program that is badly started."""
    stream = STREAMS[streams]()

    def close_all():
        if stream is None:
            for fd in (0, 1, 2):
                os.close(fd)

    child = warren.start("spawn", "-D", busybox, f"--console={mode}", "sh", "-c", "echo some words; exit 6",
                         stdin=stream, stdout=stream, stderr=stream, preexec_fn=close_all)
    assert child.wait(timeout=20) == 6
    if streams == "a file":
        stream.seek(0)
        words = stream.read().replace(b"\r\n", b"\n")
        assert words == (b"" if mode == "passive" else b"some words\n")
    if stream:
        stream.close()


def test_input_from_a_large_file_reaches_a_console(warren, busybox, tmp_path):
    lines = b"".join(b"line %d\n" % i for i in range(50000))
    (tmp_path / "input").write_bytes(lines)
    with open(tmp_path / "input", "rb") as file:
        result = warren.spawn(busybox, "--console=interactive", "sh", "-c",
                              "stty -echo; n=0; while [ $n -lt 50000 ]; do read line; n=$((n + 1)); done; echo; echo $line",
                              stdin=file)
    assert result.stdout.endswith(b"\r\nline 49999\r\n")


@pytest.mark.parametrize("options", [("-P",), ("--console=read-only",)])
def test_a_hundred_megabytes_are_the_same_on_the_other_side(warren, busybox, options):
    size = 100_000_000
    child = warren.start("spawn", "-D", busybox, *options, "sh", "-c",
                         f"stty raw 2>/dev/null; head -c {size} /dev/urandom | tee /root/sent")
    time.sleep(0.3)  # the pipe is full by now
    seen = hashlib.sha256()
    while data := child.stdout.read(1 << 20):
        seen.update(data)
    assert child.wait(timeout=20) == 0
    with open(busybox / "root/sent", "rb") as file:
        sent = hashlib.file_digest(file, "sha256")
    assert os.path.getsize(busybox / "root/sent") == size
    assert seen.digest() == sent.digest()


def test_a_reader_that_goes_away_does_not_end_a_console(warren, busybox):
    child = warren.start("spawn", "-D", busybox, "--console=read-only", "sh", "-c",
                         "yes | head -c 1000000; echo done > /root/done; exit 6")
    assert child.stdout.read(3) == b"y\r\n"
    child.stdout.close()
    assert child.wait(timeout=20) == 6
    assert (busybox / "root/done").exists()


@pytest.mark.parametrize("options", [("-P",), ("--console=read-only",)])
def test_what_runs_on_does_not_keep_warren(warren, busybox, options):
    """A process that has the streams open still, when process 1 ends."""
    start = time.monotonic()
    assert warren.spawn(busybox, *options, "sh", "-c", "sleep 100 & exit 6").returncode == 6
    assert time.monotonic() - start < 5


def test_output_that_was_held_does_not_keep_a_kill(warren, busybox, tty):
    one = tty("spawn", "-q", "-D", busybox, "sh", "-c", "echo up; yes")
    one.wait_for(b"up\r\n")
    one.type(b"\x13")  # ^S, for the container's terminal
    time.sleep(0.3)
    start = time.monotonic()
    one.type(b"\x1d\x1d\x1d")
    eventually(lambda: select.select([one.master], [], [], 0)[0] and not os.read(one.master, 65536) or one.child.poll() is not None)
    assert one.end() == 128 + signal.SIGKILL
    assert time.monotonic() - start < 5
    assert termios.tcgetattr(one.slave) == one.before


def test_streams_of_the_caller_never_become_non_blocking(warren, busybox, tty):
    one = tty("spawn", "-q", "-D", busybox, "-M", "box", "cat")
    warren.leader("box")
    one.type(b"hello\n")
    one.wait_for(b"hello\r\nhello\r\n")
    assert fcntl.fcntl(one.slave, fcntl.F_GETFL) == one.flags
    one.type(b"\x04")
    assert one.end() == 0
    (read, write), (read2, write2) = os.pipe(), os.pipe()
    before = [fcntl.fcntl(fd, fcntl.F_GETFL) for fd in (read, write2)]
    child = warren.start("spawn", "-D", busybox, "--console=interactive", "sh", "-c", "echo up; sleep 100",
                         stdin=read, stdout=write2)
    assert os.read(read2, 100) == b"up\r\n"
    assert [fcntl.fcntl(fd, fcntl.F_GETFL) for fd in (read, write2)] == before
    child.terminate()
    child.wait(timeout=10)
    for fd in (read, write, read2, write2):
        os.close(fd)


def test_nothing_can_be_typed_for_the_caller(warren, busybox, tty):
    """-P on a terminal: TIOCSTI would type commands into the caller's shell."""
    for options in ((), ("--private-users=no",), ("-a",)):
        one = tty("spawn", "-q", "-D", busybox, "-P", *options, "payload", "call", "tiocsti")
        one.wait_for(b"EPERM")
        assert one.end() == 0


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
