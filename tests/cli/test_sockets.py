"""Sockets of a running container: its two doors, and those that are passed in."""
import os
import pathlib
import socket
import stat
import subprocess
import time

import pytest

from declared import declare, nothing_is_left, state, succeed  # noqa: F401
from harness import eventually


@pytest.fixture
def run_directory(warren, busybox):
    declare(warren, "box", busybox)
    succeed(warren, "start", "box")
    return warren.root / "run/warren/box"


def socat(directory, name, text, *options, **settings):
    """Paths of sockets are short, so the directory is the working one."""
    return subprocess.run(["socat", *options, f"unix:{name}", "-"], cwd=directory, input=text,
                          capture_output=True, timeout=30, **settings)


def connect(directory, name):
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(10)
    descriptor = os.open(directory, os.O_PATH)
    client.connect(f"/proc/self/fd/{descriptor}/{name}")
    os.close(descriptor)
    return client


def read_until(client, word):
    text = b""
    while word not in text:
        part = client.recv(4096)
        assert part, text
        text += part
    return text


def command_line(process):
    try:
        return pathlib.Path(f"/proc/{process}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def sessions(warren):
    monitor = state(warren, "box")["monitor"]
    children = pathlib.Path(f"/proc/{monitor}/task/{monitor}/children").read_text().split()
    return sum("login" in command_line(child) for child in children)


def test_login_prompt(run_directory):
    assert stat.S_IMODE((run_directory / "login.sock").stat().st_mode) == 0o666
    with connect(run_directory, "login.sock") as client:
        read_until(client, b"login: ")
        client.sendall(b"root\n")
        read_until(client, b"# ")
        client.sendall(b"echo a''live; tty\n")
        assert b"/dev/pts/" in read_until(client, b"/dev/pts/")


def test_root_shell_is_roots_alone(warren, run_directory):
    assert stat.S_IMODE((run_directory / "root-shell.sock").stat().st_mode) == 0o600
    assert socat(run_directory, "root-shell.sock", b"id -u; hostname\n", "-t5").stdout == b"0\nbox\n"
    (run_directory / "root-shell.sock").chmod(0o666)  # as if it were open by mistake
    client = "import os,socket,sys;os.chdir(sys.argv[1]);os.setuid(1000);s=socket.socket(socket.AF_UNIX);s.connect('root-shell.sock');s.sendall(b'id\\n');print(s.recv(100))"
    result = subprocess.run(["/usr/bin/python3", "-c", client, run_directory], capture_output=True, text=True)
    assert "uid" not in result.stdout
    assert "b''" in result.stdout or "reset" in result.stderr or "Broken pipe" in result.stderr, result


def test_reboot_through_the_socket(warren, run_directory):
    before = state(warren, "box")["leader"]
    socat(run_directory, "root-shell.sock", b"reboot\n")
    eventually(lambda: (s := state(warren, "box")) and s["state"] == "running" and s["leader"] != before)


def test_sessions_end_and_leave_nothing(warren, run_directory):
    for _ in range(5):
        socat(run_directory, "root-shell.sock", b"exit\n", "-t5")
    eventually(lambda: sessions(warren) == 0)
    with connect(run_directory, "login.sock") as client:
        read_until(client, b"login: ")
        assert sessions(warren) == 1
    eventually(lambda: sessions(warren) == 0)  # hung up


def test_a_flood_is_bounded_and_starves_nobody(warren, run_directory):
    clients = [connect(run_directory, "login.sock") for _ in range(60)]
    eventually(lambda: sessions(warren) == 16)
    time.sleep(0.3)
    assert sessions(warren) == 16
    assert socat(run_directory, "root-shell.sock", b"echo fine\n", "-t5").stdout == b"fine\n"
    begin = time.monotonic()
    succeed(warren, "stop", "box")
    assert time.monotonic() - begin < 10
    for client in clients:
        client.close()


def test_a_port_alone_is_one_of_every_address(warren, busybox):
    port = 20000 + (os.getpid() + 1) % 20000
    directory = declare(warren, "box", busybox, "sh", "-c", "echo $LISTEN_FDNAMES; sleep 1000", sockets=[port])
    succeed(warren, "start", "box")
    for address in ("127.0.0.1", "::1"):
        with socket.create_connection((address, port), timeout=5):
            pass
    eventually(lambda: f"{port}\n" in (directory / "console.log").read_text())


def test_sockets_are_passed_in(warren, busybox, tmp_path):
    path = tmp_path / "s"
    port = 20000 + os.getpid() % 20000
    directory = declare(warren, "box", busybox, "sh", "-c", "echo $LISTEN_FDS $LISTEN_PID $LISTEN_FDNAMES; readlink /proc/1/fd/3; readlink /proc/1/fd/4; sleep 1000", sockets=[str(path), f"127.0.0.1:{port}"])
    succeed(warren, "start", "box")
    log = directory / "console.log"
    eventually(lambda: log.read_text().count("socket:[") == 2)
    assert f"2 1 {path}:127.0.0.1\\x3a{port}\n" in log.read_text()
    with socket.create_connection(("127.0.0.1", port), timeout=5):
        pass
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))
    succeed(warren, "stop", "box")
    assert not path.exists()
