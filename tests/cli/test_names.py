"""Names of containers on the host."""
import os
import signal
import subprocess
import threading

import pytest

from declared import declare, nothing_is_left, state, succeed  # noqa: F401
from harness import eventually, is_gone

LINK = {"hostAddress": "10.231.136.1", "localAddress": "10.231.136.2/24", "localAddress6": "fc00::2"}
OTHERS = "127.0.0.1 localhost\n# mine\n192.0.2.9\tnas\n"


@pytest.fixture
def hosts(warren):
    file = warren.root / "etc/hosts"
    file.parent.mkdir()
    file.write_text(OTHERS)
    file.chmod(0o640)
    os.chown(file, 0, 1234)
    return file


def names(text):
    return [line for line in text.splitlines() if ".containers" in line]


def test_names_are_there_while_it_runs(warren, busybox, hosts):
    declare(warren, "web", busybox, **LINK)
    succeed(warren, "start", "web")
    text = hosts.read_text()
    assert text.startswith(OTHERS)
    assert names(text) == ["10.231.136.2 web.containers web", "fc00::2 web.containers web"]
    assert (hosts.stat().st_mode & 0o7777, hosts.stat().st_gid) == (0o640, 1234)
    succeed(warren, "stop", "web")
    assert hosts.read_text() == OTHERS
    assert (hosts.stat().st_mode & 0o7777, hosts.stat().st_gid) == (0o640, 1234)
    assert sorted(p.name for p in hosts.parent.iterdir()) == ["hosts"]


def test_the_resolver_finds_them(warren, busybox, hosts):
    """What libc makes of the file, where it is the host's."""
    declare(warren, "web", busybox, **LINK)
    succeed(warren, "start", "web")
    look = f"mount --bind {hosts} /etc/hosts && getent ahostsv4 web.containers && getent hosts web"
    found = subprocess.run(["unshare", "--mount", "sh", "-c", look], capture_output=True, text=True)
    assert found.stdout.count("10.231.136.2") >= 1 and "fc00::2" in found.stdout, found.stderr


def test_names_without_a_file(warren, busybox):
    declare(warren, "web", busybox, **LINK)
    succeed(warren, "start", "web")
    hosts = warren.root / "etc/hosts"
    assert len(names(hosts.read_text())) == 2 and hosts.stat().st_mode & 0o7777 == 0o644
    succeed(warren, "stop", "web")
    assert hosts.read_text() == ""


def test_a_link_stays_a_link(warren, busybox, hosts):
    real = hosts.with_name("real-hosts")
    hosts.rename(real)
    hosts.symlink_to("real-hosts")
    declare(warren, "web", busybox, **LINK)
    succeed(warren, "start", "web")
    assert hosts.is_symlink() and len(names(real.read_text())) == 2
    succeed(warren, "stop", "web")
    assert real.read_text() == OTHERS


def test_what_others_write_meanwhile_stays(warren, busybox, hosts):
    declare(warren, "web", busybox, **LINK)
    succeed(warren, "start", "web")
    hosts.write_text(hosts.read_text() + "192.0.2.10 later\n")
    succeed(warren, "stop", "web")
    assert hosts.read_text() == OTHERS + "192.0.2.10 later\n"


def test_a_killed_monitors_names_go(warren, busybox, hosts):
    declare(warren, "web", busybox, **LINK)
    succeed(warren, "start", "web")
    monitor = int(state(warren, "web")["monitor"])
    os.kill(monitor, signal.SIGKILL)
    eventually(lambda: is_gone(monitor))
    succeed(warren, "stop", "web")
    assert hosts.read_text() == OTHERS


def test_many_at_once_lose_no_name(warren, busybox, hosts):
    for i in range(8):
        declare(warren, f"c{i}", busybox, "sleep", "1000", hostAddress=f"10.231.{i}.1",
                localAddress=f"10.231.{i}.2")
    children = [warren.start("start", f"c{i}") for i in range(8)]
    seen = []
    stop = threading.Event()

    def watch():
        while not stop.is_set():
            seen.append(hosts.read_text().startswith(OTHERS))
    watcher = threading.Thread(target=watch)
    watcher.start()
    assert [child.wait(timeout=60) for child in children] == [0] * 8
    stop.set()
    watcher.join()
    assert sorted(names(hosts.read_text())) == [f"10.231.{i}.2 c{i}.containers c{i}" for i in range(8)]
    assert all(seen), "somebody saw half a file"
    succeed(warren, "terminate", "--all")
    assert hosts.read_text() == OTHERS


def test_an_etc_that_is_read_only(warren, busybox, hosts):
    declare(warren, "web", busybox, **LINK)
    etc = hosts.parent
    subprocess.run(["mount", "--bind", "-o", "ro", etc, etc], check=True)
    try:
        succeed(warren, "start", "web")
        instead = warren.root / "run/warren/.network/hosts"
        assert hosts.read_text() == OTHERS
        assert names(instead.read_text()) == ["10.231.136.2 web.containers web", "fc00::2 web.containers web"]
        succeed(warren, "stop", "web")
        assert not instead.exists()
    finally:
        subprocess.run(["umount", etc], check=True)


def test_a_file_that_is_a_mount_point(warren, busybox, hosts, tmp_path):
    """As in containers of other managers: it cannot be replaced, but written."""
    (tmp_path / "other-hosts").write_text(OTHERS)
    subprocess.run(["mount", "--bind", tmp_path / "other-hosts", hosts], check=True)
    try:
        declare(warren, "web", busybox, **LINK)
        succeed(warren, "start", "web")
        assert len(names((tmp_path / "other-hosts").read_text())) == 2
        succeed(warren, "stop", "web")
        assert (tmp_path / "other-hosts").read_text() == OTHERS
    finally:
        subprocess.run(["umount", hosts], check=True)
    assert sorted(p.name for p in hosts.parent.iterdir()) == ["hosts"]


@pytest.fixture
def bridge():
    """A bridge of the host's, with no port and no address."""
    name = f"wt{os.getpid()}"
    subprocess.run(["ip", "link", "add", name, "type", "bridge"], check=True)
    yield name
    subprocess.run(["ip", "link", "del", name], check=True)


def known(warren, name):
    return names(succeed(warren, "run", name, "cat", "/etc/hosts").stdout.decode())


def test_containers_on_a_bridge_know_each_other(warren, busybox, bridge, tmp_path):
    def declared(name, address, bridge):
        tree = tmp_path / name
        subprocess.run(["cp", "-a", busybox, tree], check=True)
        declare(warren, name, tree, "sleep", "1000", hostBridge=bridge, localAddress=address)
    declared("one", "10.9.0.1/24", bridge)
    declared("two", "10.9.0.2/24", bridge)
    declare(warren, "apart", busybox, "sleep", "1000", hostAddress="10.8.0.1", localAddress="10.8.0.2")
    for name in ("apart", "one", "two"):
        succeed(warren, "start", name)
    assert known(warren, "two") == ["10.9.0.1 one.containers one"]
    assert known(warren, "one") == ["10.9.0.2 two.containers two"]
    assert known(warren, "apart") == []
    before = succeed(warren, "run", "one", "ls", "-ln", "/etc/hosts").stdout.split()
    assert before[0] == b"-rw-r--r--" and before[2:4] == [b"0", b"0"]
    succeed(warren, "terminate", "two")
    assert known(warren, "one") == []
    succeed(warren, "terminate", "one")
    succeed(warren, "start", "two")
    assert known(warren, "two") == []
