"""Addresses that containers take by themselves."""
import json

import pytest

from declared import declare, stop_all, succeed
from networks import networks, warren  # noqa: F401


def auto(warren, name, tree, **settings):
    declare(warren, name, tree, "sleep", "1000", localAddress="auto", **settings)


def address_of(warren, name):
    lines = (warren.root / "etc/hosts").read_text().splitlines()
    return next((line.split()[0] for line in lines if f" {name}.containers " in line), None)


def test_the_next_free_pair_is_taken_and_kept(warren, busybox, networks):
    for name in ("one", "two"):
        auto(warren, name, busybox)
    succeed(warren, "start", "two")
    succeed(warren, "start", "one")
    assert (address_of(warren, "two"), address_of(warren, "one")) == ("10.231.0.2", "10.231.0.4")
    succeed(warren, "terminate", "--all")
    succeed(warren, "start", "one")
    assert address_of(warren, "one") == "10.231.0.4"
    succeed(warren, "destroy", "two")
    auto(warren, "three", busybox)
    succeed(warren, "start", "three")
    assert address_of(warren, "three") == "10.231.0.2"


def test_what_the_host_has_is_not_taken(warren, busybox, networks):
    networks.host.ip("route", "add", "10.231.0.0/24", "via", "192.0.2.254")
    networks.host.ip("addr", "add", "10.231.1.1/32", "dev", "lo")
    auto(warren, "one", busybox)
    auto(warren, "small", busybox, addressPool="10.231.0.0/30")
    succeed(warren, "start", "one")
    assert address_of(warren, "one") == "10.231.1.4"
    result = warren.run("start", "small")
    assert result.returncode == 125
    assert b"localAddress" in result.stderr and b"10.231.0.0/30" in result.stderr


def test_a_race_gives_everybody_another_one(warren, busybox):
    names = [f"c{i}" for i in range(10)]
    for name in names:
        auto(warren, name, busybox)
    children = [warren.start("start", name) for name in names]
    assert [child.wait(timeout=60) for child in children] == [0] * len(names)
    assert len({address_of(warren, name) for name in names}) == len(names)
