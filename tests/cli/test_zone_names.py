"""Containers that share a zone find each other by name, whoever started them and whenever they got
their addresses."""
import json
import os
import signal
import subprocess

import pytest

from declared import declare, succeed
from harness import eventually, is_gone, kill
from networks import networks, warren  # noqa: F401

HOLD = ("/bin/sh", "-c", "while true; do sleep 1000 & wait; done")


@pytest.fixture
def member(warren, busybox):
    """Starts a member of the zone with an address; returns warren, and process 1."""
    def make(name, number, *options):
        child = warren.start("spawn", "-D", busybox, "-M", name, "--network-zone=z", *options, *HOLD)
        give(warren, name, number)
        return child
    return make


def give(warren, name, number, interface="host0"):
    eventually(lambda: warren.run("run", name, "--", "true").returncode == 0)
    succeed(warren, "run", name, "--", "/bin/ip", "addr", "add", f"10.7.0.{number}/24", "dev", interface)


def known(warren, name):
    text = succeed(warren, "run", name, "--", "cat", "/etc/hosts").stdout.decode()
    return [line for line in text.splitlines() if ".containers" in line]


def line(name, number):
    return f"10.7.0.{number} {name}.containers {name}"


def test_they_find_each_other(warren, busybox, member, networks):
    hosts = busybox / "etc/hosts"
    hosts.write_text("127.0.0.1 localhost mine\n")
    one = member("one", 1)
    assert known(warren, "one") == []
    two = member("two", 2, "-x")
    eventually(lambda: known(warren, "one") == [line("two", 2)])
    eventually(lambda: known(warren, "two") == [line("one", 1)])
    # The names are of use.
    succeed(warren, "run", "one", "--", "ping", "-c1", "-W2", "two.containers")
    succeed(warren, "run", "two", "--", "ping", "-c1", "-W2", "one")
    # Another address, and one that is gone.
    give(warren, "two", 22)
    eventually(lambda: known(warren, "one") == [line("two", 2), line("two", 22)])
    succeed(warren, "run", "two", "--", "/bin/ip", "addr", "del", "10.7.0.2/24", "dev", "host0")
    eventually(lambda: line("two", 2) not in known(warren, "one"))
    kill(two, signal.SIGTERM)
    assert known(warren, "one") == []
    text = succeed(warren, "run", "one", "--", "cat", "/etc/hosts").stdout.decode()
    assert text == hosts.read_text() == "127.0.0.1 localhost mine\n"
    assert not (warren.root / "etc/hosts").exists(), "the host's has no names of theirs"
    kill(one, signal.SIGTERM)
    assert hosts.read_text() == "127.0.0.1 localhost mine\n"


def test_with_a_declared_one(warren, busybox, member, networks, tmp_path):
    tree = tmp_path / "declared"
    subprocess.run(["cp", "-a", busybox, tree], check=True)
    declare(warren, "web", tree, *HOLD, extraFlags=["--network-zone=z"])
    succeed(warren, "start", "web")
    give(warren, "web", 3)
    child = member("one", 1)
    eventually(lambda: known(warren, "web") == [line("one", 1)])
    eventually(lambda: known(warren, "one") == [line("web", 3)])
    kill(child, signal.SIGTERM)
    assert known(warren, "web") == []
    succeed(warren, "terminate", "web")


def test_other_zones_and_none(warren, busybox, member, networks):
    member("one", 1)
    warren.start("spawn", "-D", busybox, "-M", "other", "--network-zone=y", *HOLD)
    give(warren, "other", 2)
    warren.start("spawn", "-D", busybox, "-M", "alone", "-n", *HOLD)
    give(warren, "alone", 3)
    member("two", 4)
    eventually(lambda: known(warren, "one") == [line("two", 4)])
    assert known(warren, "other") == known(warren, "alone") == []


def test_a_read_only_tree_and_one_without_the_file(warren, busybox, member, networks):
    (busybox / "etc/hosts").unlink(missing_ok=True)
    before = sorted(p.name for p in (busybox / "etc").iterdir())
    member("one", 1, "--read-only", "-x")
    member("two", 2)
    eventually(lambda: known(warren, "one") == [line("two", 2)])
    eventually(lambda: known(warren, "two") == [line("one", 1)])
    for child in warren.children:
        kill(child, signal.SIGTERM)
    assert sorted(p.name for p in (busybox / "etc").iterdir()) == before


def test_root_inside_can_write_it(warren, busybox, member, networks):
    """And what he writes stays, and harms nobody."""
    member("one", 1)
    succeed(warren, "run", "one", "--", "sh", "-c", "echo 10.1.1.1 mine >> /etc/hosts")
    member("two", 2)
    eventually(lambda: known(warren, "one") == [line("two", 2)])
    text = succeed(warren, "run", "one", "--", "cat", "/etc/hosts").stdout.decode()
    assert "10.1.1.1 mine\n" in text
    assert known(warren, "two") == [line("one", 1)]
    # More than a megabyte is nobody's hosts file: it is left alone.
    succeed(warren, "run", "one", "--", "sh", "-c", "head -c 3000000 /dev/zero > /etc/hosts")
    member("three", 3)
    eventually(lambda: line("three", 3) in known(warren, "two"))
    assert succeed(warren, "run", "one", "--", "wc", "-c", "/etc/hosts").stdout.split()[0] == b"3000000"


def test_a_killed_one_is_forgotten(warren, busybox, member, networks):
    member("one", 1)
    child = member("two", 2, "-x")
    eventually(lambda: known(warren, "one") == [line("two", 2)])
    leader = warren.leader("two")
    kill(child)
    eventually(lambda: is_gone(leader))
    succeed(warren, "spawn", "--cleanup", "-D", busybox, "-M", "two")
    assert known(warren, "one") == []


@pytest.mark.parametrize("verb", ["list", "status", "start"])
def test_the_zone_of_a_killed_one_goes_with_the_next_verb(warren, busybox, member, networks, verb):
    declare(warren, "web", busybox, *HOLD)
    child = member("one", 1)
    leader = warren.leader("one")
    kill(child)
    eventually(lambda: is_gone(leader))
    def links():
        return {link["ifname"] for link in json.loads(networks.host.output("ip", "-j", "link"))}
    eventually(lambda: "vb-one" not in links())
    assert "vz-z" in links()
    succeed(warren, *([verb] if verb == "list" else [verb, "web"]))
    eventually(lambda: "vz-z" not in links())
    succeed(warren, "spawn", "--cleanup", "-D", busybox, "-M", "one")
