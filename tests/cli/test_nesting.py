"""Containers in containers: warren in warren."""
import re
import shutil

import pytest

from declared import declare, stop_all, succeed
from inner_warren import add_warren


@pytest.fixture
def outer(busybox, tmp_path):
    """A tree with warren in it, and another one below /inner."""
    inner = tmp_path / "inner"
    shutil.copytree(busybox, inner, symlinks=True)
    add_warren(busybox)
    inner.rename(busybox / "inner")
    return busybox


# A tree in a file system that the outer container has mounted: only there ids can be mapped.
IN_MEMORY = "mkdir -p /tmp/m && mount -t tmpfs m /tmp/m && cp -a /inner /tmp/m/ && "


def test_a_container_with_the_ids_of_the_outer_one(warren, outer):
    inside = "id -u; cat /proc/self/uid_map; ls /proc | grep -c '^[0-9]'; cat /sys/class/net/lo/ifindex; hostname"
    shown = warren.output(outer, "--nesting", "warren", "spawn", "-D", "/inner", "--private-users=identity",
                          "sh", "-c", inside).split()
    assert shown[:4] == ["0", "0", "0", "65536"]
    assert shown[5:] == ["1", "inner"]


def test_a_container_with_ids_of_its_own(warren, outer):
    shown = warren.output(outer, "--nesting", "sh", "-c", IN_MEMORY +
                          "cat /proc/self/uid_map; warren spawn -D /tmp/m/inner sh -c 'cat /proc/self/uid_map;"
                          " stat -c %u /bin/busybox'").split()
    assert shown[0] == "0" and shown[2] == str(16 * 65536)
    assert shown[3] == "0" and int(shown[4]) % 65536 == 0 and 65536 <= int(shown[4]) < 16 * 65536
    assert shown[5:] == ["65536", "0"]


def test_networks_of_their_own(warren, outer):
    shown = warren.output(outer, "--nesting", "--private-network", "warren", "spawn", "-D", "/inner",
                          "--private-users=identity", "--private-network", "sh", "-c",
                          "ls /sys/class/net; echo 1 > /proc/sys/net/ipv4/ip_forward && echo writable")
    assert shown == "lo\nwritable\n"


def test_three_levels(warren, outer):
    deep = outer / "inner/inner"
    shutil.copytree(outer / "inner", deep, symlinks=True)
    add_warren(outer / "inner")
    shown = warren.output(outer, "--nesting", "sh", "-c", IN_MEMORY + "warren spawn --nesting -D /tmp/m/inner sh -c '" +
                          IN_MEMORY + "cat /proc/self/uid_map; warren spawn -D /tmp/m/inner cat /proc/self/uid_map'").split()
    assert shown[2] == str(8 * 65536), "of fifteen ranges"
    assert shown[3] == "0" and shown[5] == "65536"


def test_running_programs_in_the_inner_one(warren, outer):
    """Declared outside, and run with others inside."""
    declare(warren, "outer", outer, nesting=True)
    succeed(warren, "start", "outer")
    try:
        script = ("warren spawn -q -M in -D /inner --private-users=identity sleep 1000 & "
                  "until warren run in id -u 2>/dev/null; do sleep 0.1; done; warren list; kill %1; wait")
        shown = succeed(warren, "run", "outer", "sh", "-c", script).stdout.decode().split()
        assert shown[0] == "0"
        assert shown[shown.index("in"):][:2] == ["in", "running"]
    finally:
        stop_all(warren)


def test_no_user_namespaces_at_all(warren, outer):
    result = warren.spawn(outer, "--private-users=no", "warren", "spawn", "-D", "/inner", "--private-users=no", "true")
    assert result.returncode == 125 and b"use a user namespace" in result.stderr, "nobody would hold the devices"
    shown = warren.output(outer, "--private-users=no", "warren", "spawn", "-D", "/inner", "cat", "/proc/self/uid_map")
    assert shown.split()[2] == "65536"


def test_what_is_missing_is_named(warren, outer):
    result = warren.spawn(outer, "warren", "spawn", "-D", "/inner", "true")
    assert result.returncode == 125
    assert result.stderr == (b"warren: user ids: this is itself a container, and has none for others "
                             b"(give it nesting = true, for warren spawn --nesting)\n")
    result = warren.spawn(outer, "warren", "spawn", "-D", "/inner", "--private-users=identity", "true")
    assert result.returncode == 125
    assert result.stderr.endswith(b"mount proc: Operation not permitted (is this itself a container? Containers run in "
                                  b"one only with nesting = true, for warren spawn --nesting)\n")
    result = warren.spawn(outer, "--nesting", "warren", "spawn", "-D", "/inner", "true")
    assert result.stderr.endswith(b"id-map /inner: this is itself a container, where only what is mounted inside can be "
                                  b"mounted with mapped ids (use --private-users=identity, or a tree in a tmpfs that was "
                                  b"mounted here)\n")


def test_nesting_with_the_hosts_ids_is_refused(warren, outer):
    result = warren.spawn(outer, "--nesting", "--private-users=identity", "true")
    assert result.returncode == 125
    assert b"--nesting: with --private-users=identity" in result.stderr
    result = warren.spawn(outer, "--nesting", "--private-users=no", "true")
    assert result.returncode == 125
    assert b"--nesting: with --private-users=no" in result.stderr


def test_what_nesting_opens_takes_no_writes(warren, outer):
    """All of /proc and /sys is there, owned by the host: only what is the container's own can be written."""
    files = warren.output(outer, "--nesting", "payload", "writable", "/run/host/nesting/proc",
                          "/run/host/nesting/sys").splitlines()
    takes = {line.split()[1].removeprefix("/run/host/nesting") for line in files if line.startswith("takes")}
    own = r"/proc/(pressure/|sys/(fs/mqueue/|kernel/(msg|sem|shm|auto_msgmni|ns_last_pid|pid_max|domainname|hostname)|user/))"
    assert {path for path in takes if not re.match(own, path)} == set()
    for path in ("sysrq-trigger", "sys/kernel/core_pattern", "sys/kernel/modprobe", "sys/vm/drop_caches"):
        assert f"/proc/{path}" not in takes
    for path in ("kcore", "kallsyms", "timer_list"):
        shown = warren.spawn(outer, "--nesting", "sh", "-c", f"head -n 50 /run/host/nesting/proc/{path} | grep -v '^0000000000000000 '")
        assert shown.stdout == b"", path


@pytest.fixture
def host_programs(busybox, tmp_path):
    """A tree that shows the programs of this host, with another one below /inner."""
    tree = tmp_path / "host"
    for directory in ("dev", "etc", "proc", "root", "run", "sys", "tmp", "usr", "var/lib"):
        (tree / directory).mkdir(parents=True)
    for name in ("bin", "sbin", "lib", "lib64"):
        (tree / name).symlink_to(f"usr/{name}")
    (tree / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")
    (tree / "etc/passwd").write_text("root::0:0:root:/root:/bin/sh\n")
    shutil.copytree(busybox, tree / "inner", symlinks=True)
    return tree


def test_systemd_nspawn(warren, host_programs):
    # It looks into the tree for a systemd that knows cgroup2, and else wants a hierarchy of v1.
    options = ["--nesting", "--private-network", "--bind-ro=/usr", "-E", "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1"]
    command = ["systemd-nspawn", "-q", "--register=no", "--keep-unit", "--private-network", "-D", "/inner"]
    assert warren.output(host_programs, *options, *command, "id", "-u") == "0\r\n"
    shown = warren.output(host_programs, *options, *command, "--private-users=identity", "cat", "/proc/self/uid_map")
    assert shown.split() == ["0", "0", "65536"]


@pytest.mark.parametrize("network", [[], ["--private-network"]])
def test_crun_as_podman_calls_it(warren, host_programs, network):
    script = ("mkdir /tmp/bundle && cd /tmp/bundle && crun spec && sed -i -e 's/\"terminal\": true/\"terminal\": false/'"
              " -e 's/\"sh\"/\"id\",\"-u\"/' -e 's|\"path\": \"rootfs\"|\"path\": \"/inner\"|'"
              " -e 's/\"readonly\": true/\"readonly\": false/' config.json && crun --cgroup-manager=cgroupfs run box")
    assert warren.output(host_programs, "--nesting", *network, "--bind-ro=/usr", "sh", "-c", script) == "0\n"
