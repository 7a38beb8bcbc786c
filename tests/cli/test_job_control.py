"""A terminal with a shell on either side: job control, suspending warren, hanging up."""
import os
import pathlib
import re
import signal
import sys
import termios
import time

import pexpect
import pytest

from harness import WARREN, eventually, is_gone


class Shell:
    """bash on a terminal of its own, in which somebody starts warren."""

    def __init__(self, warren):
        environment = {**warren.environment, "TERM": "vt100", "PS1": "HOST> "}
        self.child = pexpect.spawn("/bin/bash", ["--norc", "--noprofile"], timeout=20, env=environment)
        self.child.delaybeforesend = None
        self.child.expect("HOST> ")

    def type(self, line):
        self.child.send(line)

    def enter(self, line):
        self.child.send(line + "\n")

    def expect(self, pattern):
        self.child.expect(pattern)
        return self.child.match

    def settings(self):
        """The terminal's settings as stty(1) sees them from the shell."""
        self.enter("stty -a | md5sum")
        value = self.expect(r"([0-9a-f]{32})").group(1)
        self.expect("HOST> ")
        return value

    def is_raw(self):
        return not termios.tcgetattr(self.child.fileno())[3] & (termios.ECHO | termios.ICANON)


@pytest.fixture
def shell(warren):
    one = Shell(warren)
    yield one
    one.child.close(force=True)


def enter_container(shell, warren, tree, *options):
    """A shell in a container that tells when a command has ended, and nothing else."""
    shell.enter(" ".join(map(str, [WARREN, "spawn", "-q", "-D", tree, "-M", "box", *options, "/bin/sh"])))
    warren.leader("box")
    shell.expect("# ")
    shell.enter("PS1='IN> '; stty -echo")  # no prompt twice, no cursor queries to answer
    shell.expect("\nIN> ")


def launcher(warren):
    """warren's own process: the parent of process 1."""
    stat = pathlib.Path(f"/proc/{warren.leader('box')}/stat").read_text()
    return int(stat.rsplit(")", 1)[1].split()[1])


@pytest.mark.parametrize("options", [(), ("-a",)])
def test_job_control_inside(warren, busybox, shell, options):
    enter_container(shell, warren, busybox, *options)
    shell.enter("sleep 100")
    eventually(lambda: len((warren.cgroup("box") / "cgroup.procs").read_text().split()) == 2 + len(options))
    shell.type("\x1a")
    shell.expect("Stopped")
    shell.enter("jobs")
    shell.expect(r"\[1\]\+  Stopped +sleep 100")
    shell.enter("fg")
    shell.expect("sleep 100")
    shell.type("\x03")
    shell.expect("IN> ")
    shell.enter("echo was $?")
    shell.expect("was 130")
    shell.enter("vi /root/text")
    shell.expect("/root/text")
    shell.type("ihello\x1b")
    time.sleep(0.6)  # vi waits whether the escape begins a longer sequence
    shell.type(":wq\r")
    shell.expect("IN> ")
    assert (busybox / "root/text").read_text() == "hello\n"
    shell.enter("exit 3")
    shell.expect("HOST> ")
    shell.enter("echo status $?")
    shell.expect("status 3")


@pytest.mark.parametrize("by", [signal.SIGTSTP, signal.SIGSTOP])
def test_suspended_and_continued(warren, busybox, shell, by):
    before = shell.settings()
    enter_container(shell, warren, busybox)
    os.kill(launcher(warren), by)
    shell.expect("Stopped")
    shell.expect("HOST> ")
    assert shell.settings() == before
    shell.enter("fg")
    eventually(shell.is_raw)
    shell.enter("echo in $((20 + 1))")
    shell.expect("in 21")
    shell.enter("exit 4")
    shell.expect("HOST> ")
    assert shell.settings() == before


# What a shell does for a job, but without putting the terminal in order when it stops.
FOREGROUND = """
import os, signal, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
pid = os.fork()
if pid == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""


def test_terminal_itself_is_cooked_while_suspended(warren, busybox, tty):
    one = tty("-c", FOREGROUND, *warren.command("spawn", "-q", "-D", busybox, "-M", "box", "cat"), program=sys.executable)
    pid = launcher(warren)
    echo = lambda: termios.tcgetattr(one.slave)[3] & termios.ECHO
    eventually(lambda: not echo())
    os.kill(pid, signal.SIGTSTP)
    eventually(lambda: pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T")
    assert termios.tcgetattr(one.slave) == one.before
    one.resize(50, 90)
    os.kill(pid, signal.SIGCONT)
    eventually(lambda: not echo())
    one.type(b"hello\n")
    one.wait_for(b"hello\r\nhello\r\n")
    one.type(b"\x04")
    assert one.end() == 0
    assert termios.tcgetattr(one.slave) == one.before


def test_a_group_that_nothing_can_continue_is_not_stopped(warren, busybox, tty):
    one = tty("spawn", "-q", "-D", busybox, "-M", "box", "cat")
    pid = launcher(warren)
    eventually(lambda: not termios.tcgetattr(one.slave)[3] & termios.ECHO)
    os.kill(pid, signal.SIGTSTP)
    one.type(b"hello\n")
    one.wait_for(b"hello\r\nhello\r\n")
    assert not termios.tcgetattr(one.slave)[3] & termios.ECHO
    one.type(b"\x04")
    assert one.end() == 0


def test_in_the_background_the_terminal_is_not_touched(warren, busybox, shell):
    before = shell.settings()
    enter_container(shell, warren, busybox)
    pid = launcher(warren)
    os.kill(pid, signal.SIGTSTP)
    shell.expect("Stopped")
    shell.expect("HOST> ")
    shell.enter("bg")
    shell.expect("HOST> ")
    assert shell.settings() == before
    os.kill(pid, signal.SIGTERM)
    os.kill(pid, signal.SIGCONT)  # what was typed has stopped it: it would have read that
    eventually(lambda: is_gone(pid))
    assert shell.settings() == before


@pytest.mark.parametrize("command,status", [(["/bin/sh"], 128 + signal.SIGKILL),
                                            (["sleep", "100"], 128 + signal.SIGKILL),
                                            (["sh", "-c", "trap 'exit 7' HUP; while true; do sleep 0.02; done"], 7)])
def test_the_terminal_hangs_up(warren, busybox, tty, command, status):
    one = tty("spawn", "-q", "-D", busybox, "-M", "box", *command)
    leader = warren.leader("box")
    if status == 7:
        caught = lambda: re.search(r"^SigCgt:\s*([0-9a-f]+)", pathlib.Path(f"/proc/{leader}/status").read_text(), re.M)
        eventually(lambda: int(caught().group(1), 16) & 1)
    one.hang_up()
    assert one.end() == status


@pytest.mark.parametrize("ignored", [signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP])
def test_a_signal_that_the_caller_ignores(warren, busybox, ignored):
    """nohup(1), and what a script starts with `&`."""
    child = warren.start("spawn", "-D", busybox, "-M", "box", "sleep", "100",
                         preexec_fn=lambda: signal.signal(ignored, signal.SIG_IGN))
    leader = warren.leader("box")
    child.send_signal(ignored)
    time.sleep(0.2)
    assert child.poll() is None and not is_gone(leader)
    state = pathlib.Path(f"/proc/{leader}/status").read_text()
    assert re.search(r"^SigIgn:\s*0+$", state, re.M), "the payload starts with defaults"
    child.terminate()
    assert child.wait(timeout=10) == 128 + signal.SIGKILL


def test_a_caller_that_ignores_its_children(warren, busybox):
    result = warren.spawn(busybox, "payload", "exit", "5",
                          preexec_fn=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
    assert result.returncode == 5, result.stderr
