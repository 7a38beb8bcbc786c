"""warren as a service: what it tells its service manager, and the sockets it is given."""
import os
import socket
import subprocess
import time

import pytest

from harness import eventually


class Manager:
    """A service manager's notification socket."""

    def __init__(self, path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.settimeout(10)

    def next(self):
        return self.socket.recv(4096).decode().split("\n")

    def silent(self, seconds=0.3):
        self.socket.settimeout(seconds)
        try:
            return not self.socket.recv(4096)
        except TimeoutError:
            return True
        finally:
            self.socket.settimeout(10)


@pytest.fixture
def manager(tmp_path):
    one = Manager(tmp_path / "notify")
    yield one
    one.socket.close()


def test_ready_at_once_by_default(warren, busybox, manager):
    child = warren.start("spawn", "-D", busybox, "-M", "box", "sleep", "100", env={"NOTIFY_SOCKET": str(manager.path)})
    message = manager.next()
    assert message[0] == "READY=1"
    assert f"X_NSPAWN_LEADER_PID={warren.leader('box')}" in message
    child.terminate()
    assert manager.next()[0] == "STOPPING=1"


def test_ready_when_process_1_says_so(warren, busybox, manager):
    child = warren.start("spawn", "-D", busybox, "--notify-ready=yes", "sh", "-c",
                         "read go; exec payload notify STATUS=up READY=1", stdin=subprocess.PIPE,
                         env={"NOTIFY_SOCKET": str(manager.path)})
    assert manager.silent()
    child.stdin.write(b"go\n")
    child.stdin.flush()
    messages = [manager.next(), manager.next()]
    assert ["STATUS=Container running: up"] in messages or any("READY=1" in m for m in messages)
    assert any(m[0] == "READY=1" for m in messages)


def test_ready_of_another_process_does_not_count(warren, busybox, manager):
    child = warren.start("spawn", "-D", busybox, "--notify-ready=yes", "sh", "-c",
                         "payload notify READY=1; echo sent; read go; exec payload notify READY=1",
                         stdin=subprocess.PIPE, env={"NOTIFY_SOCKET": str(manager.path)})
    assert child.stdout.readline() == b"sent\n"
    assert manager.silent()
    child.stdin.write(b"go\n")
    child.stdin.flush()
    assert manager.next()[0] == "READY=1"


def test_flood_on_the_readiness_socket(warren, busybox):
    child = warren.start("spawn", "-D", busybox, "-M", "box", "sh", "-c",
                         "i=0; while [ $i -lt 300 ]; do payload notify $(printf 'X%.0s' $(seq 100)) READY=0; i=$((i+1)); done; exit 3")
    assert child.wait(timeout=30) == 3


def test_descriptors_on_the_readiness_socket_are_dropped(warren, busybox):
    child = warren.start("spawn", "-D", busybox, "-M", "box", "sh", "-c",
                         "payload send-descriptors 200; (payload send-descriptors 200); echo sent; sleep 100")
    assert child.stdout.readline() == b"sent\n"
    opened = lambda: len(os.listdir(f"/proc/{child.pid}/fd"))
    eventually(lambda: opened() < 40)
    child.terminate()
    child.wait(timeout=10)


def test_only_what_concerns_the_manager_is_passed_on(warren, busybox, manager):
    """MAINPID and the like are for whoever may speak for the service: not for who is inside."""
    child = warren.start("spawn", "-D", busybox, "sh", "-c",
                         "exec payload notify MAINPID=1 FDSTORE=1 STOPPING=1 WATCHDOG=trigger BARRIER=1 RELOADING=1 "
                         "EXTEND_TIMEOUT_USEC=99999999 'STATUS=a\tb\x1b[31m' ERRNO=5",
                         env={"NOTIFY_SOCKET": str(manager.path)})
    messages = [manager.next() for _ in range(3)]
    assert messages[0][0] == "READY=1"
    assert messages[1] == ["STATUS=Container running: a?b?[31m"]
    assert messages[2] == ["STOPPING=1", "STATUS=Container terminated."]
    assert child.wait(timeout=10) == 0
    assert manager.silent()


def test_a_manager_in_the_abstract_namespace(warren, busybox):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(f"\0warren-test-{os.getpid()}")
    listener.settimeout(10)
    warren.output(busybox, "true", env={"NOTIFY_SOCKET": f"@warren-test-{os.getpid()}"})
    assert listener.recv(4096).startswith(b"READY=1\n")
    listener.close()


@pytest.mark.parametrize("path", ["", "/missing", "/dev/null", "relative", "x" * 200])
def test_a_manager_that_is_not_there(warren, busybox, path):
    assert warren.output(busybox, "echo", "fine", env={"NOTIFY_SOCKET": path}) == "fine\n"


def test_signs_of_life_where_they_are_wanted(warren, busybox, manager):
    environment = {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "100000"}
    child = warren.start("spawn", "-D", busybox, "-M", "box", "sh", "-c", "env; exec sleep 100", env=environment)
    assert manager.next()[0] == "READY=1"
    times = []
    for _ in range(5):
        assert manager.next() == ["WATCHDOG=1"]
        times.append(time.monotonic())
    assert times[-1] - times[0] > 0.1  # two in each interval, not as fast as they go
    child.terminate()
    assert b"WATCHDOG" not in child.communicate(timeout=10)[0]


@pytest.mark.parametrize("environment", [{"WATCHDOG_USEC": "50000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "0"},
                                         {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "18446744073709551615"}])
def test_no_signs_of_life_where_they_are_not(warren, busybox, manager, environment):
    child = warren.start("spawn", "-D", busybox, "sleep", "100", env={"NOTIFY_SOCKET": str(manager.path), **environment})
    assert manager.next()[0] == "READY=1"
    assert manager.silent()
    child.terminate()
    assert manager.next()[0] == "STOPPING=1"


def test_a_reboot_is_not_the_end(warren, busybox, manager):
    """STOPPING=1 would make a service manager wait for the end, and kill."""
    child = warren.start("spawn", "-D", busybox, "sh", "-c",
                         "[ -e /root/once ] || { touch /root/once; exec payload reboot; }",
                         env={"NOTIFY_SOCKET": str(manager.path)})
    messages = [manager.next() for _ in range(4)]
    assert [m[0] for m in messages] == ["READY=1", "STATUS=Container reboots.", "READY=1", "STOPPING=1"]
    assert child.wait(timeout=10) == 0


@pytest.mark.parametrize("options", [(), ("-a",), ("--private-network",)])
def test_container_is_started_by_the_first_connection(warren, busybox, options):
    """Container activation: the socket is there before the container, which serves what waits."""
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname(), timeout=20)
    assert listener.fileno() > 2
    script = 'exec 3<&%d; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"' % listener.fileno()
    child = subprocess.Popen(["bash", "-c", script, "bash", *warren.command("spawn", "-D", busybox, *options, "payload", "serve")],
                             env=warren.environment, pass_fds=[listener.fileno()], stdin=subprocess.DEVNULL)
    warren.children.append(child)
    with client, client.makefile() as lines:
        assert lines.readline() == "hello\n"
    assert child.wait(timeout=10) == 0
    listener.close()
