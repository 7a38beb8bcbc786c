"""Programs run in a running container: what they get, what they may do, how they end."""
import json
import os
import re
import signal
import subprocess
import time

import pexpect
import pytest

from harness import WARREN, eventually


@pytest.fixture
def box(warren, busybox):
    """The name of a booted BusyBox container."""
    warren.start("spawn", "-q", "-M", "box", "-b", "-D", busybox, "--private-network",
                 "--drop-capability=CAP_SYS_CHROOT", "--setenv=COLOUR=green")
    warren.leader("box")
    eventually(lambda: warren.run("run", "box", "true").returncode == 0)
    return "box"


def inside(warren, *arguments, **options):
    result = warren.run("run", *arguments, **options)
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout.decode()


@pytest.mark.parametrize("status", [0, 1, 7, 125, 126, 127, 133, 255])
def test_exit_status_is_the_programs(warren, box, status):
    assert warren.run("run", box, "--", "sh", "-c", f"exit {status}").returncode == status


def test_in_a_tree_without_users(warren, busybox):
    """Root is there, whatever files say."""
    for name in ("passwd", "group"):
        (busybox / "etc" / name).unlink(missing_ok=True)
    warren.start("spawn", "-q", "-M", "bare", "-D", busybox, "--private-network", "sleep", "1000")
    warren.leader("bare")
    assert eventually(lambda: warren.run("run", "bare", "id", "-u").stdout) == b"0\n"
    assert b"no such user" in warren.run("run", "-u", "alice", "bare", "true").stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV])
def test_a_signal_is_128_and_its_number(warren, box, number):
    assert warren.run("run", box, "--", "sh", "-c", f"kill -{int(number)} $$").returncode == 128 + number


@pytest.mark.parametrize("command, status", [("nonesuch", 127), ("/etc/passwd", 126), ("/etc", 126)])
def test_what_cannot_be_executed(warren, box, command, status):
    result = warren.run("run", box, command)
    assert result.returncode == status
    assert re.fullmatch(rf"warren: run in box: execute {command}: .*\n", result.stderr.decode())


def test_streams_are_passed_byte_by_byte(warren, box):
    data = os.urandom(1 << 20) + b"\r\n\0\x1d\x1d\x1d"
    result = warren.run("run", box, "cat", input=data)
    assert result.stdout == data
    result = warren.run("run", box, "--", "sh", "-c", "echo out; echo err >&2")
    assert (result.stdout, result.stderr) == (b"out\n", b"err\n")


def test_enters_all_namespaces_and_the_cgroup(warren, box):
    names = ("user", "mnt", "pid", "ipc", "uts", "net", "cgroup")
    links = " ".join(f"/proc/self/ns/{name}" for name in names)
    guest = inside(warren, box, "--", "sh", "-c", f"for l in {links}; do readlink $l; done").split()
    leader = warren.leader(box)
    assert guest == [os.readlink(f"/proc/{leader}/ns/{name}") for name in names]
    pid = warren.start("run", box, "sleep", "100").pid
    child = int(eventually(lambda: open_children(pid)))
    assert cgroup_of(child) == cgroup_of(leader)


def open_children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return file.read().strip()


def cgroup_of(pid):
    with open(f"/proc/{pid}/cgroup") as file:
        return [line for line in file if line.startswith("0::")]


def test_has_no_more_rights_than_process_1(warren, box):
    def rights(pid):
        text = inside(warren, box, "cat", f"/proc/{pid}/status")
        return [line for line in text.splitlines() if re.match("Cap|Seccomp|NoNew|Uid|Gid", line)]

    assert rights("self") == rights(1)
    assert "CapBnd:\t00000000fdecafff" not in rights(1)  # it was given up, and CAP_NET_ADMIN added
    assert inside(warren, box, "cat", "/proc/self/limits") == inside(warren, box, "cat", "/proc/1/limits")


def test_environment_is_process_1s_without_what_is_its_own(warren, box):
    result = warren.run("run", "-E", "MORE=1", box, "env", env={"SECRET": "of the caller", "TERM": "xterm"})
    variables = dict(line.split("=", 1) for line in result.stdout.decode().splitlines())
    assert variables["COLOUR"] == "green" and variables["MORE"] == "1"
    assert variables["container"] == "warren" and variables["HOME"] == "/root"
    assert not {"SECRET", "NOTIFY_SOCKET", "TERM", "LISTEN_FDS"} & set(variables)


def test_no_descriptor_leaks(warren, box):
    with open("/etc/hostname") as leak:
        os.set_inheritable(leak.fileno(), True)
        result = subprocess.run([WARREN, "run", box, "/bin/payload", "report"], env=warren.environment,
                                close_fds=False, stdin=subprocess.DEVNULL, capture_output=True)
    assert sorted(json.loads(result.stdout)["descriptors"]) == ["0", "1", "2"]


def test_as_another_user(warren, box):
    ids = inside(warren, "-u", "luser", box, "--", "sh", "-c", "id -u; id -G").split("\n")
    assert ids[0] == "1000" and set(ids[1].split()) == {"1000", "10", "29"}
    assert "CapEff:\t0000000000000000" in inside(warren, "--user=1000", box, "cat", "/proc/self/status")
    result = warren.run("run", "-u", "nobody-here", box, "id")
    assert result.returncode == 125 and b"nobody-here" in result.stderr


def test_dies_with_warren(warren, box):
    child = warren.start("run", box, "sleep", "1000")
    inner = int(eventually(lambda: open_children(child.pid)))
    child.kill()
    child.wait()
    eventually(lambda: not os.path.exists(f"/proc/{inner}"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGUSR1])
def test_signals_are_handed_on(warren, box, number):
    name = signal.Signals(number).name[3:]
    child = warren.start("run", box, "--", "sh", "-c", f"trap 'exit 42' {name}; echo ready; while :; do sleep 0.05; done")
    assert child.stdout.readline() == b"ready\n"
    child.send_signal(number)
    assert child.wait(timeout=10) == 42


def test_on_a_terminal(warren, box):
    shell = pexpect.spawn(str(WARREN), ["shell", box], env={**warren.environment, "TERM": "xterm"},
                          dimensions=(31, 97), timeout=10, encoding="utf-8")
    shell.sendline("tty; stty size; echo $TERM-$HOME")
    shell.expect(r"/dev/pts/\d+\r\n31 97\r\nxterm-/root")
    shell.sendline("sleep 100")
    time.sleep(0.2)
    shell.sendintr()
    shell.sendline("echo a''live")
    shell.expect("alive")
    shell.setwinsize(20, 50)
    time.sleep(0.2)
    shell.sendline("stty size")
    shell.expect("20 50")
    shell.sendline("exit 5")
    shell.expect(pexpect.EOF)
    shell.close()
    assert shell.exitstatus == 5


def test_shell_of_a_user_and_root_login(warren, box):
    assert warren.run("shell", f"luser@{box}", "id", "-u").stdout == b"1000\n"
    assert warren.run("root-login", box, input=b"id -u; pwd\n").stdout == b"0\n/root\n"


def test_login_asks_who_it_is(warren, box):
    login = pexpect.spawn(str(WARREN), ["login", box], env=warren.environment, timeout=10, encoding="utf-8")
    login.expect("login: ")
    login.sendline("root")
    login.expect("[#$] ")
    login.sendline("exit")
    login.expect(pexpect.EOF)
    login.close()


@pytest.mark.parametrize("arguments, words", [
    ((), "name is missing"),
    (("box",), "command is missing"),
    (("nobox", "id"), "nobox: it is not running"),
    (("--chdir=here", "box", "id"), "--chdir=here"),
    (("../box", "id"), "../box"),
    (("--console=passive", "box", "id"), "interactive or pipe"),
])
def test_bad_input(warren, arguments, words):
    result = warren.run("run", *arguments)
    assert result.returncode == 125
    assert result.stderr.count(b"\n") == 1 and words in result.stderr.decode()


def test_a_container_that_was_killed_is_not_running(warren, busybox):
    child = warren.start("spawn", "-q", "-M", "box", "-D", busybox, "sleep", "1000")
    warren.leader("box")
    eventually(lambda: warren.run("run", "box", "true").returncode == 0)
    child.kill()
    child.wait()
    eventually(lambda: b"not running" in warren.run("run", "box", "true").stderr)
    assert warren.spawn(busybox, "-M", "box", "true").returncode == 0  # takes back what is left
