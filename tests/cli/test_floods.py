"""What a container's root sends, writes and swaps as fast as it can, and what the host has of that."""
import ctypes
import os
import pathlib
import re
import resource
import socket
import threading
import time

import pytest

from declared import declare, nothing_is_left, state, succeed  # noqa: F401
from harness import PATIENCE, eventually

UP = "../" * 30


def memory_of(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s*(\d+) kB", text).group(1))


def served(warren, name, seconds):
    """Whether the container can be entered all that time, and how large its monitor has become."""
    monitor = int(state(warren, name)["monitor"])
    end = time.monotonic() + seconds
    largest = 0
    while time.monotonic() < end:
        assert succeed(warren, "run", name, "echo", "served").stdout == b"served\n"
        largest = max(largest, memory_of(monitor))
    return largest


def test_flood_of_output_is_bounded_in_memory_and_on_disk(warren, busybox):
    directory = declare(warren, "box", busybox, "sh", "-c", "yes $(seq 1000) & yes & yes")
    succeed(warren, "start", "box")
    log = directory / "console.log"
    eventually((directory / "console.log.1").exists)
    assert served(warren, "box", 2) < 16 << 10
    assert all(p.stat().st_size <= 1 << 20 for p in directory.glob("console.log*"))
    assert len(list(directory.glob("console.log*"))) == 2 and log.exists()


def test_flood_on_the_readiness_socket_is_bounded_in_memory(warren, busybox):
    flood = "while :; do payload notify READY=0 $(seq 1000) STATUS=$(printf 'X%.0s' $(seq 9000)); done"
    declare(warren, "box", busybox, "sh", "-c", f"({flood}) & ({flood}) & sleep 1000")
    succeed(warren, "start", "box")
    assert served(warren, "box", 2) < 16 << 10
    succeed(warren, "stop", "box")


def test_flood_on_the_login_socket_leaves_others_served(warren, busybox):
    declare(warren, "box", busybox, "sleep", "1000")
    succeed(warren, "start", "box")
    path = str(warren.root / "run/warren/box/login.sock")
    # Its path is longer than a socket's address may be.
    here = os.open(os.path.dirname(path), os.O_PATH)
    flood = []
    try:
        for _ in range(300):
            one = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            one.setblocking(False)
            flood.append(one)
            try:
                one.connect(f"/proc/self/fd/{here}/login.sock")
            except BlockingIOError:
                pass  # its queue is full
        assert served(warren, "box", 1) < 16 << 10
        monitor = state(warren, "box")["monitor"]
        children = pathlib.Path(f"/proc/{monitor}/task/{monitor}/children").read_text().split()
        assert len(children) <= 20
    finally:
        for one in flood:
            one.close()
        os.close(here)
    succeed(warren, "stop", "box")


def drop_bomb(warren, kind):
    """Runs a bomb inside until it gets no more; returns how much it got, and why no more."""
    bomb = warren.start("run", "-P", "box", "payload", "bomb", kind)
    count, error = bomb.stdout.readline().split()
    assert bomb.poll() is None
    return int(count), error


def test_bomb_of_descriptors_costs_nobody_else_one(warren, busybox):
    declare(warren, "box", busybox, "sleep", "1000")
    declare(warren, "other", busybox, "sleep", "1000")
    succeed(warren, "start", "box", "other")
    count, error = drop_bomb(warren, "descriptors")
    limit = min(524288, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    assert error == b"EMFILE" and limit - 10 < count < limit, "the default limit of a process"
    assert served(warren, "box", 0.5) < 16 << 10
    assert served(warren, "other", 0.5) < 16 << 10
    assert len(os.listdir(f"/proc/{state(warren, 'box')['monitor']}/fd")) < 40
    succeed(warren, "stop", "box")


def mounts_of(process):
    return pathlib.Path(f"/proc/{process}/mountinfo").read_text().count("\n")


def test_bomb_of_mounts_stays_in_its_namespace(warren, busybox):
    declare(warren, "box", busybox, "sleep", "1000")
    succeed(warren, "start", "box")
    before = mounts_of("self")
    _, error = drop_bomb(warren, "mounts")
    assert error == b"ENOSPC", "the kernel's limit of a namespace"
    # Others may mount something on the host meanwhile.
    grown = mounts_of(warren.leader("box"))
    assert grown > 5000 and mounts_of("self") < before + grown / 10
    assert served(warren, "box", 0.5) < 16 << 10
    assert warren.spawn(busybox, "echo", "another").stdout == b"another\n"
    begin = time.monotonic()
    succeed(warren, "stop", "box")
    assert time.monotonic() - begin < 15 * PATIENCE


@pytest.fixture
def secret(tmp_path):
    secret = tmp_path / "secret"
    (secret / "x").mkdir(parents=True)
    (secret / "x/key").write_text("of the host")
    (secret / "x/key").chmod(0o644)
    return secret


def swapping(secret):
    """A script that swaps /tmp/a, a directory, for a link to the host's `secret`."""
    return (f"mkdir -p /tmp/a/x; echo inside > /tmp/a/x/key; ln -s {UP}{secret} /tmp/l; "
            "while :; do mv /tmp/a /tmp/b; mv /tmp/l /tmp/a; mv /tmp/a /tmp/l; mv /tmp/b /tmp/a; done")


def test_swapped_links_lead_run_and_logs_nowhere_else(warren, busybox, secret):
    declare(warren, "box", busybox, "sh", "-c", swapping(secret) + " 2>/dev/null")
    succeed(warren, "start", "box")
    seen = set()
    for _ in range(60):
        seen.add(warren.run("run", "--chdir=/tmp/a/x", "box", "cat", "key").stdout)
        seen.add(warren.run("run", "box", "cat", "/tmp/a/x/key").stdout)
    assert b"inside\n" in seen and seen <= {b"inside\n", b""}
    assert b"of the host" not in succeed(warren, "logs", "box").stdout


def test_swapped_links_lead_login_nowhere_else(warren, busybox, tmp_path):
    """login(1), the terminal and the user's files are looked up while all of them are swapped."""
    trap = tmp_path / "trap"
    trap.mkdir()
    (trap / "login").write_text("#!/bin/sh\necho of the host\n")
    (trap / "login").chmod(0o755)
    (busybox / "bin/login").unlink()
    own = busybox / "usr/local/sbin"
    own.mkdir(parents=True, exist_ok=True)
    (own / "login").write_text("#!/bin/sh\necho inside\n")
    (own / "login").chmod(0o755)
    script = (f"ln -s {UP}{trap} /usr/local/l; cd /usr/local; (while :; do mv sbin b; mv l sbin; mv sbin l; mv b sbin; done) & "
              f"mkdir /tmp/pts; ln -s {UP}/dev/ptmx /tmp/pts/ptmx; "
              "while :; do mount --bind /tmp/pts /dev/pts; umount /dev/pts; done")
    declare(warren, "box", busybox, "sh", "-c", script + " 2>/dev/null")
    succeed(warren, "start", "box")
    seen = set()
    for _ in range(60):
        seen.add(warren.run("login", "-P", "box").stdout)
        seen.add(warren.run("login", "--console=interactive", "box").stdout.replace(b"\r", b""))
    assert b"inside\n" in seen and not any(b"of the host\n" in shown for shown in seen)


def test_swapped_accounts_lead_run_nowhere_else(warren, busybox, tmp_path):
    """Who a user is, is read in the tree, also while /etc is swapped for a link to the host's."""
    hosts = tmp_path / "hosts"
    hosts.mkdir()
    (hosts / "passwd").write_text("root::0:0::/:/bin/sh\nspy:x:1234:1234::/:/bin/sh\n")
    (hosts / "group").write_text("")
    script = (f"ln -s {UP}{hosts} /l; cp -r /etc /b; "
              "while :; do mv /etc /c; mv /l /etc; mv /etc /l; mv /c /etc; done")
    declare(warren, "box", busybox, "sh", "-c", script)
    succeed(warren, "start", "box")
    for _ in range(60):
        result = warren.run("run", "-u", "spy", "box", "id", "-u")
        assert result.stdout == b"" and result.returncode != 0


def test_swapped_mount_targets_lead_nowhere_else(warren, busybox, tmp_path, secret):
    """CVE-2021-30465: somebody who shares a directory with a container that starts swaps a target of its mounts."""
    shared = tmp_path / "shared"
    (shared / "a").mkdir(parents=True)
    marked = tmp_path / "marked"
    marked.mkdir()
    (marked / "mark").write_text("")
    (shared / "l").symlink_to(UP + str(secret))
    enough = threading.Event()

    exchange = ctypes.CDLL(None, use_errno=True).renameat2
    one, other = bytes(shared / "a"), bytes(shared / "l")
    failures = []

    def swap():
        while not enough.is_set() and not failures:
            if exchange(-1, one, -1, other, 2) != 0:  # RENAME_EXCHANGE
                failures.append(ctypes.get_errno())

    attacker = threading.Thread(target=swap)
    attacker.start()
    started = 0
    try:
        for _ in range(40):
            result = warren.spawn(busybox, f"--bind={shared}:/vol", f"--bind-ro={marked}:/vol/a", "sh", "-c",
                                  f"cat {secret}/x/key {UP}{secret}/x/key; ls {secret}")
            assert b"of the host" not in result.stdout
            started += result.returncode != 125
    finally:
        enough.set()
        attacker.join()
    assert failures == []
    assert started > 0, "not one attempt got as far as its mounts"
    assert str(tmp_path) not in pathlib.Path("/proc/self/mountinfo").read_text()
    assert [p.name for p in secret.iterdir()] == ["x"] and [p.name for p in (secret / "x").iterdir()] == ["key"]


def test_names_of_the_host_stay(warren, busybox):
    """Root inside names its own namespace, and none above."""
    name = os.uname().nodename
    result = warren.spawn(busybox, "sh", "-c", "hostname escaped; hostname; echo outer > /proc/sys/kernel/hostname; hostname")
    assert result.stdout.splitlines()[0] == b"escaped"
    assert os.uname().nodename == name
