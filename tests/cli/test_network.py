"""The first step of networking: the host's, none, or one that exists."""
import os
import socket
import subprocess

import pytest


def test_hosts_network_is_the_default(warren, busybox):
    assert warren.report(busybox)["namespaces"]["net"] == os.readlink("/proc/self/ns/net")


def test_private_network_has_only_loopback(warren, busybox):
    found = warren.report(busybox, "--private-network")
    assert found["namespaces"]["net"] != os.readlink("/proc/self/ns/net")
    assert int(found["status"]["CapBnd"], 16) & 1 << 12  # CAP_NET_ADMIN
    shown = warren.output(busybox, "--private-network", "sh", "-c",
                          "cut -d: -f1 -s /proc/net/dev; ip addr show lo; ping -c1 -W1 127.0.0.1 >/dev/null"
                          " && echo pong; ping -c1 -W1 ::1 >/dev/null && echo pong6; ls /sys/class/net")
    assert "lo" in shown.split() and "eth0" not in shown
    assert "inet 127.0.0.1/8" in shown
    assert "pong\n" in shown and "pong6\n" in shown
    assert shown.splitlines()[-1] == "lo"


def test_files_of_a_private_network_belong_to_root_every_time(warren, busybox):
    """They belong to whom root is mapped to when the namespace is made."""
    owners = {warren.output(busybox, "--private-network", "stat", "-c", "%u",
                            "/sys/class/net/lo/mtu").strip() for _ in range(30)}
    assert owners == {"0"}


def test_sysctls_of_a_private_network_can_be_written(warren, busybox):
    write = "echo 1 > /proc/sys/net/ipv4/ip_forward && cat /proc/sys/net/ipv4/ip_forward"
    assert warren.output(busybox, "--private-network", "sh", "-c", write) == "1\n"
    assert warren.spawn(busybox, "sh", "-c", write).returncode != 0
    other = "echo x > /proc/sys/kernel/hostname"
    assert warren.spawn(busybox, "--private-network", "sh", "-c", other).returncode != 0


def test_capability_stays_without_private_network(warren, busybox):
    assert not int(warren.report(busybox)["status"]["CapBnd"], 16) & 1 << 12


@pytest.fixture
def namespace():
    name = f"warren-test-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    subprocess.run(["ip", "-n", name, "link", "add", "mark", "type", "bridge"], check=True)
    yield f"/run/netns/{name}"
    subprocess.run(["ip", "netns", "del", name], check=True)


def test_existing_namespace(warren, busybox, namespace):
    option = f"--network-namespace-path={namespace}"
    assert "mark:" in warren.output(busybox, option, "cat", "/proc/net/dev")
    assert "mark" in warren.output(busybox, option, "ls", "/sys/class/net")
    result = warren.spawn(busybox, option, "ip", "link", "del", "mark")
    assert result.returncode != 0, "it belongs to somebody else"
    assert warren.output(busybox, option, "--private-users=no", "--capability=CAP_NET_ADMIN",
                         "ip", "link", "set", "mark", "up") == ""


def test_wrong_namespaces(warren, busybox, tmp_path):
    result = warren.spawn(busybox, f"--network-namespace-path={tmp_path}/nowhere", "true")
    assert result.returncode == 125 and b"nowhere: No such file" in result.stderr
    os.mkfifo(tmp_path / "fifo")
    for path in ("/proc/self/ns/uts", tmp_path / "fifo", tmp_path, "/dev/null"):
        result = warren.spawn(busybox, f"--network-namespace-path={path}", "true", timeout=20)
        assert result.returncode == 125
        assert result.stderr == (f"warren: --network-namespace-path: open {path}: Invalid argument "
                                 "(it is no network namespace)\n").encode()
    result = warren.spawn(busybox, "--private-network", "--network-namespace-path=/x", "true")
    assert result.returncode == 125 and b"goes with no other network" in result.stderr


@pytest.mark.parametrize("pid2", [[], ["-a"]])
def test_passed_socket_works_without_any_network(warren, busybox, pid2):
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    fd = listener.fileno()

    def pass_it():
        os.dup2(fd, 3)
        os.environ["LISTEN_PID"] = str(os.getpid())

    # As a service manager does it: the variables name the process that becomes warren.
    script = ('exec 3<&%d; LISTEN_FDS=1 LISTEN_FDNAMES=web LISTEN_PID=$$ exec "$@"' % fd)
    child = subprocess.Popen(
        ["bash", "-c", script, "bash", *warren.command("spawn", "-D", busybox, "--private-network", *pid2,
                                                       "payload", "serve")],
        env=warren.environment, pass_fds=[fd], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        assert client.makefile().readline() == "hello\n"
    output, errors = child.communicate(timeout=10)
    assert (child.returncode, output, errors) == (0, b"", b"")
    listener.close()


def test_names_of_passed_descriptors(warren, busybox):
    reads, writes = os.pipe()
    script = ('exec 3<&%d 4<&%d; LISTEN_FDS=2 LISTEN_FDNAMES=first LISTEN_PID=$$ exec "$@"' % (reads, reads))
    result = subprocess.run(
        ["bash", "-c", script, "bash", *warren.command("spawn", "-D", busybox, "payload", "report")],
        env=warren.environment, pass_fds=[reads], capture_output=True, text=True,
        stdin=subprocess.DEVNULL)
    import json
    found = json.loads(result.stdout)
    assert found["environment"]["LISTEN_FDS"] == "2"
    assert found["environment"]["LISTEN_FDNAMES"] == "first:unknown"
    assert found["environment"]["LISTEN_PID"] == "1"
    assert set(found["descriptors"]) == {"0", "1", "2", "3", "4"}
    # Not ours: another process's number.
    result = subprocess.run(
        ["bash", "-c", script.replace("$$", "1"), "bash",
         *warren.command("spawn", "-D", busybox, "payload", "report")],
        env=warren.environment, pass_fds=[reads], capture_output=True, text=True,
        stdin=subprocess.DEVNULL)
    found = json.loads(result.stdout)
    assert "LISTEN_FDS" not in found["environment"]
    assert set(found["descriptors"]) == {"0", "1", "2"}
    os.close(reads), os.close(writes)
