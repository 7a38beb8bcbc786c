"""Limits, where cgroup v2 has the controllers and where it has not."""
import json

import pytest

from declared import declare, stop_all, succeed
from harness import CGROUPS

CONTROLLERS = (CGROUPS / "cgroup.controllers").read_text().split()


def status(warren, name):
    return json.loads(succeed(warren, "status", "--json", name).stdout)[0]


def missing(*controllers):
    return [one for one in controllers if one not in CONTROLLERS]


def test_a_host_that_cannot_hold_a_limit_says_so(warren, busybox):
    declare(warren, "box", busybox, "/bin/sleep", "1000", limits={"memory": "64M", "tasks": 10})
    result = warren.run("start", "box")
    absent = missing("memory", "pids")
    assert (result.returncode == 0) == (not absent)
    if absent:
        line = result.stderr.decode().splitlines()[0]
        assert line.startswith("warren: start box: hold limits.")
        assert "systemd.unified_cgroup_hierarchy=1" in line and "cgroup_no_v1=all" in line
        assert "limits.required = false" in line
    stop_all(warren)


def test_or_warns_where_that_is_declared(warren, busybox):
    declare(warren, "box", busybox, "/bin/sleep", "1000",
            limits={"memory": "64M", "tasks": 10, "required": False})
    result = succeed(warren, "start", "box")
    assert bool(missing("memory", "pids")) == result.stderr.decode().startswith("warren: box: hold limits.")
    assert len(status(warren, "box")["warnings"]) == len(result.stderr.decode().splitlines())
    cgroup = warren.cgroup("box")
    for controller, file, value in (("memory", "memory.max", 64 << 20), ("pids", "pids.max", 10)):
        if controller in CONTROLLERS:
            assert int((cgroup / file).read_text()) == value
    stop_all(warren)


def test_what_is_used_is_shown(warren, busybox):
    declare(warren, "box", busybox, "/bin/sh", "-c", "while :; do :; done")
    assert status(warren, "box")["usage"] is None
    succeed(warren, "start", "box")
    first = status(warren, "box")["usage"]["cpu"]["seconds"]
    while status(warren, "box")["usage"]["cpu"]["seconds"] <= first:
        pass
    assert " cpu " in succeed(warren, "status", "box").stdout.decode().split("usage:", 1)[1].splitlines()[0]
    stop_all(warren)


@pytest.mark.parametrize("device", ["/dev/null", "/dev/nonesuch"])
def test_a_disk_that_is_none_is_refused(warren, busybox, device):
    declare(warren, "box", busybox, "/bin/sleep", "1000",
            limits={"io": [{"device": device, "readBandwidth": "1M"}], "required": False})
    result = warren.run("start", "box")
    assert result.returncode == 125
    assert result.stderr.decode().splitlines()[0].startswith(f"warren: start box: limits.io {device}: ")
