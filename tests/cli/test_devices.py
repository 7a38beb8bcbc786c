"""Which devices a container has, and attacks on the others: as root inside, with every right."""
import os
import pathlib
import stat

import pytest

from declared import declare, stop_all, succeed

#: Without a user namespace and with every capability only the device program is in the way.
ROOT = ("--private-users=no", "--capability=all")
LOOP = os.makedev(7, 0)  # a block device that need not exist


def tries(warren, tree, *arguments):
    """What a shell of the container prints: a word for each attempt that went well."""
    return warren.spawn(tree, *arguments).stdout.decode().split()


def test_the_usual_devices_work(warren, busybox):
    script = ("for d in null zero full random urandom; do head -c1 /dev/$d >/dev/null && echo $d; done;"
              "echo x > /dev/null && echo write; mknod /root/null c 1 3 && echo x >/root/null && echo made")
    assert tries(warren, busybox, *ROOT, "sh", "-c", script) == [
        "null", "zero", "full", "random", "urandom", "write", "made"]


@pytest.mark.parametrize("node", ["b 7 0", "b 8 0", "c 1 1", "c 1 11", "c 10 229", "c 5 1", "c 4 1"])
def test_mknod_of_others_is_refused_also_to_real_root(warren, busybox, node):
    result = warren.spawn(busybox, *ROOT, "mknod", "/tmp/node", *node.split())
    assert result.returncode != 0 and b"Operation not permitted" in result.stderr


@pytest.mark.parametrize("options", [ROOT, (*ROOT, "--bind=+/srv:/mnt")])
def test_nodes_that_are_there_already_are_dead(warren, busybox, options):
    (busybox / "srv").mkdir()
    os.mknod(busybox / "srv/mem", 0o666 | stat.S_IFCHR, os.makedev(1, 1))
    os.mknod(busybox / "srv/kmsg", 0o666 | stat.S_IFCHR, os.makedev(1, 11))
    os.mknod(busybox / "srv/disk", 0o666 | stat.S_IFBLK, LOOP)
    script = "for d in mem kmsg disk; do (: </srv/$d) 2>&1 | grep -o 'not permitted'; done"
    assert warren.spawn(busybox, *options, "sh", "-c", script).stdout.splitlines() == [b"not permitted"] * 3


def test_a_file_system_on_a_disk_cannot_be_mounted(warren, busybox):
    os.mknod(busybox / "disk", 0o666 | stat.S_IFBLK, LOOP)
    result = warren.spawn(busybox, *ROOT, "mount", "-t", "ext4", "/disk", "/mnt")
    assert result.returncode != 0


@pytest.fixture
def node(tmp_path):
    """/dev/fuse by another name, which everybody may open."""
    path = tmp_path / "fuse"
    os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(10, 229))
    path.chmod(0o666)
    return path


@pytest.mark.parametrize("users", [(), ("--private-users=no",)])
def test_what_is_bound_may_be_used(warren, busybox, node, users):
    script = "(: </dev/fuse) && echo read; (: >>/dev/fuse) 2>/dev/null && echo write"
    assert tries(warren, busybox, *users, f"--bind={node}:/dev/fuse", "sh", "-c", script) == ["read", "write"]
    # The kernel would let it write: a mount that is read-only means files.
    assert tries(warren, busybox, *users, f"--bind-ro={node}:/dev/fuse", "sh", "-c", script) == ["read"]


@pytest.mark.parametrize("users", [(), ("--private-users=no",)])
def test_nodes_of_a_bound_directory_are_dead(warren, busybox, node, users):
    result = warren.spawn(busybox, *users, f"--bind={node.parent}:/mnt", "sh", "-c", ": </mnt/fuse")
    assert result.returncode != 0 and (b"not permitted" in result.stderr or b"denied" in result.stderr)


def test_guests_are_held_too(warren, busybox, node):
    child = warren.start("spawn", "-D", busybox, "-M", "box", *ROOT, "sleep", "1000")
    warren.leader("box")
    result = warren.run("run", "box", "mknod", "/tmp/node", "b", "7", "0")
    assert b"Operation not permitted" in result.stderr
    child.kill()
    child.wait()
    warren.run("spawn", "-D", busybox, "-M", "box", "true")


def inside(warren, *command):
    return warren.run("run", "box", *command)


def test_allowed_devices(warren, busybox):
    declare(warren, "box", busybox, "/bin/sleep", "1000", allowedDevices=[
        {"node": "/dev/fuse", "modifier": "r"}])
    succeed(warren, "start", "box")
    assert inside(warren, "sh", "-c", ": </dev/fuse").returncode == 0
    refused = inside(warren, "sh", "-c", ": >>/dev/fuse")
    assert refused.returncode != 0 and b"not permitted" in refused.stderr
    assert inside(warren, "stat", "-c", "%t:%T %u", "/dev/fuse").stdout == b"a:e5 0\n"
    stop_all(warren)


@pytest.mark.parametrize("node, reason", [("/dev/nonesuch", "there is no such device on this host"),
                                          ("/dev/shm", "it is no device")])
def test_a_device_that_is_none_is_refused(warren, busybox, node, reason):
    declare(warren, "box", busybox, "/bin/sleep", "1000", allowedDevices=[{"node": node}])
    result = warren.run("start", "box")
    assert result.returncode == 125
    assert result.stderr.decode().splitlines()[0] == (
        f"warren: start box: allow {node}: {reason} (see allowedDevices)")


def test_tunnels_are_for_who_declares_them(warren, busybox):
    script = "test -e /dev/net/tun && tunctl -t tap7 >/dev/null && ls /sys/class/net | grep tap7"
    declare(warren, "box", busybox, "/bin/sleep", "1000")
    succeed(warren, "start", "box")
    assert inside(warren, "sh", "-c", script).returncode != 0
    succeed(warren, "update", "box", "-s", "enableTun=true")
    if pathlib.Path("/dev/net/tun").exists():
        assert inside(warren, "sh", "-c", script).stdout == b"tap7\n"
    stop_all(warren)


def test_declared_capabilities_and_no_new_privileges(warren, busybox):
    declare(warren, "box", busybox, "/bin/sleep", "1000",
            additionalCapabilities=["CAP_SYS_TIME"], extraFlags=["--no-new-privileges=yes"])
    succeed(warren, "start", "box")
    for pid in ("1", "self"):
        status = dict(line.split(":\t", 1) for line in
                      inside(warren, "cat", f"/proc/{pid}/status").stdout.decode().splitlines() if ":\t" in line)
        assert int(status["CapBnd"], 16) >> 25 & 1 and int(status["CapEff"], 16) >> 25 & 1
        assert status["NoNewPrivs"] == "1"
    stop_all(warren)
