"""Debian images of the store: built with packages once, and what containers of one image share and
do not share. The image is kept beside the test trees; the store builds it when it is not there."""
import json
import pathlib
import signal

import pytest

from declared import state, stop_all, succeed
from harness import TREES, Warren, eventually, host_mounts, is_gone

PACKAGES = ["openssh-server"]
SECRETS = ("etc/ssh/ssh_host_*_key*", "var/lib/dbus/machine-id", "var/lib/systemd/random-seed")


@pytest.fixture(scope="session")
def store():
    """A root of warren's own that has nothing but the image."""
    keeper = Warren(TREES / "store")
    keeper.root.mkdir(exist_ok=True, parents=True)
    identity = succeed(keeper, "image", "build", "debian:bookworm", "-p", ",".join(PACKAGES), timeout=500).stdout.decode().strip()
    return keeper, identity


@pytest.fixture(autouse=True)
def images(warren, store):
    """The store's images, seen by a warren that shares nothing else with it."""
    keeper, identity = store
    directory = warren.root / "var/lib/warren"
    directory.mkdir(parents=True)
    (directory / "images").symlink_to(keeper.root / "var/lib/warren/images")
    yield directory / "images" / identity
    stop_all(warren)


def create(warren, name, **settings):
    declaration = {"image": "debian:bookworm", "packages": PACKAGES, "privateNetwork": True, "timeoutStartSec": 120, **settings}
    succeed(warren, "create", name, "--config", "-", input=json.dumps({"containers": {name: declaration}}).encode())


def run(warren, name, *command):
    return succeed(warren, "run", name, "--", *command).stdout.decode().strip()


def test_image(warren, store, images):
    """It is listed with what it was made of, is built no second time, and has nobody's identity."""
    keeper, identity = store
    [image] = [i for i in json.loads(succeed(warren, "image", "list", "--json").stdout) if i["id"] == identity]
    assert image["source"] == "debian:bookworm" and image["packages"] == PACKAGES and image["bytes"] > 100 << 20
    assert succeed(keeper, "image", "build", "debian:bookworm", "--package=openssh-server", env={"PATH": "/nowhere"}).stdout.decode().strip() == identity
    root = images / "root"
    assert (root / "usr/sbin/sshd").exists() and (root / "etc/machine-id").read_text() == ""
    assert not [path for pattern in SECRETS for path in root.glob(pattern)]
    assert not (root / "etc/hostname").exists() and not (root / "etc/resolv.conf").exists()


def processes_below(pid):
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return children + [one for child in children for one in processes_below(child)]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_build_that_is_ended_leaves_nothing(tmp_path, number):
    """mmdebstrap and what it runs go with warren, and what they mounted; the tree goes now or with
    the next verb."""
    other = Warren(tmp_path / "other")
    images, mounts = other.root / "var/lib/warren/images", host_mounts()
    child = other.start("image", "build", "debian:bookworm")
    eventually(lambda: list(images.glob(".building-*/root/var/cache/apt")), 60)
    processes = processes_below(child.pid)
    assert len(processes) >= 2
    child.send_signal(number)
    child.communicate(timeout=60)
    eventually(lambda: all(is_gone(pid) for pid in processes))
    assert number == signal.SIGKILL or not list(images.iterdir())
    assert succeed(other, "image", "list", "--json").stdout.strip() == b"[]"
    assert not list(images.iterdir()) and host_mounts() == mounts


def test_two_of_one_image(warren):
    """Both boot, each with an identity of its own that it keeps, and with what was declared."""
    service = {"command": "/bin/sh -c 'echo $WHO in $PWD as $(id -un) > /tmp/said; exec sleep infinity'", "user": "www",
               "environment": {"WHO": "me & you"}, "workingDirectory": "/srv", "restart": "on-failure"}
    users = {"www": {"uid": 800, "group": "www"}}
    create(warren, "one", services={"hello": service}, users=users, groups={"www": {"gid": 800}}, files={"/etc/motd": {"text": "hello\n"}})
    create(warren, "two")
    succeed(warren, "start", "one", "two", timeout=150)
    ids = {name: run(warren, name, "cat", "/etc/machine-id") for name in ("one", "two")}
    keys = {name: succeed(warren, "show-host-key", name).stdout for name in ("one", "two")}
    assert len(set(ids.values())) == len(set(keys.values())) == 2
    assert all(len(identity) == 32 for identity in ids.values()) and all(key.startswith(b"ssh-ed25519 ") for key in keys.values())
    for name in ("one", "two"):
        assert run(warren, name, "hostname") == name
        assert run(warren, name, "systemctl", "--failed", "--plain", "--no-legend") == ""
        assert run(warren, name, "systemctl", "is-active", "multi-user.target", "ssh.service") == "active\nactive"
    assert run(warren, "one", "systemctl", "is-active", "hello.service") == "active"
    assert run(warren, "one", "sh", "-c", "cat /proc/$(systemctl show -P MainPID hello)/root/tmp/said /etc/motd") == "me & you in /srv as www\nhello"
    assert warren.run("run", "two", "--", "systemctl", "status", "hello.service").returncode == 4
    # A service that is declared later is started as it runs.
    said = succeed(warren, "update", "two", "-s", 'services={ later = { command = "/bin/sleep infinity" } }').stdout.decode()
    assert said == "update two: services.later (live)\ntwo: generation 2, changed live\n"
    eventually(lambda: warren.run("run", "two", "--", "systemctl", "is-active", "later.service").stdout == b"active\n")
    assert run(warren, "two", "systemctl", "--failed", "--plain", "--no-legend") == ""
    # It ends as asked, and what makes it itself is still there after that.
    succeed(warren, "stop", "one", timeout=100)
    assert json.loads(succeed(warren, "status", "one", "--json").stdout)[0]["state"] == "stopped"
    succeed(warren, "start", "one", timeout=150)
    assert run(warren, "one", "cat", "/etc/machine-id") == ids["one"]
    assert succeed(warren, "show-host-key", "one").stdout == keys["one"]


def test_update_and_rollback(warren):
    create(warren, "web", files={"/etc/motd": {"text": "first\n"}})
    succeed(warren, "start", "web", timeout=150)
    identity = run(warren, "web", "cat", "/etc/machine-id")
    run(warren, "web", "sh", "-c", "echo kept > /var/lib/mine")
    succeed(warren, "update", "web", "-s", 'files."/etc/motd".text=second\n', "-s", "hostName=www", timeout=250)
    assert run(warren, "web", "sh", "-c", "hostname; cat /etc/motd /var/lib/mine /etc/machine-id").split() == ["www", "second", "kept", identity]
    # One whose init never gets ready is taken back, and the one before runs again.
    result = warren.run("update", "web", "-s", "boot=false", "-s", 'command=["/nonesuch"]', timeout=250)
    assert result.returncode == 125 and b"generation 3 did not get ready" in result.stderr and b"generation 2 runs again" in result.stderr
    assert state(warren, "web")["generation"] == "2" and run(warren, "web", "hostname") == "www"
    succeed(warren, "rollback", "web", timeout=250)
    assert run(warren, "web", "sh", "-c", "hostname; cat /etc/motd /var/lib/mine /etc/machine-id").split() == ["web", "first", "kept", identity]
