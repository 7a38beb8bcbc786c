"""What list and status say of containers."""
import json
import os
import pathlib
import signal

from declared import nothing_is_left, state, succeed  # noqa: F401
from harness import eventually


def listed(warren):
    return json.loads(succeed(warren, "list", "--json").stdout)


def status(warren, name):
    return json.loads(succeed(warren, "status", "--json", name).stdout)[0]


def test_list_of_all_kinds(warren, busybox):
    succeed(warren, "create", "made", "-i", "busybox", "-s", "privateNetwork=true", "-s", "localAddress=10.1.2.3/24", "-s", "autoStart=true")
    succeed(warren, "create", "runs", "-i", "busybox", "--start")
    warren.start("spawn", "-D", busybox, "-M", "spawned", "sleep", "1000")
    leader = warren.leader("spawned")
    eventually(lambda: len(listed(warren)) == 3)
    noted = state(warren, "runs")
    assert listed(warren) == [
        {"name": "made", "state": "stopped", "leader": None, "monitor": None, "addresses": ["10.1.2.3"],
         "image": "busybox", "generation": 1, "autoStart": True},
        {"name": "runs", "state": "running", "leader": int(noted["leader"]), "monitor": int(noted["monitor"]),
         "addresses": [], "image": "busybox", "generation": 1, "autoStart": False},
        {"name": "spawned", "state": "running", "leader": leader, "monitor": None, "addresses": [],
         "image": None, "generation": None, "autoStart": False}]
    table = [line.split() for line in succeed(warren, "list").stdout.decode().splitlines()]
    assert table == [
        ["NAME", "STATE", "LEADER", "IMAGE", "GEN", "AUTOSTART", "ADDRESSES"],
        ["made", "stopped", "-", "busybox", "1", "yes", "10.1.2.3"],
        ["runs", "running", noted["leader"], "busybox", "1", "no", "-"],
        ["spawned", "running", str(leader), "-", "-", "-", "-"]]
    assert succeed(warren, "show-ip", "made").stdout == b"10.1.2.3\n"
    assert warren.run("show-ip", "runs").returncode == 125
    assert b"state: running" in succeed(warren, "status", "spawned").stdout


def test_an_empty_host(warren):
    assert listed(warren) == []


def test_status(warren):
    succeed(warren, "create", "box", "-i", "busybox", "-s", "limits.memory=64M",
            "-s", "limits.required=false", "-s", "privateUsers=no",
            "-s", 'additionalCapabilities=["CAP_NET_ADMIN"]', "-s", "privateNetwork=true")
    before = status(warren, "box")
    assert before["state"] == "stopped" and before["uptime"] is None and before["lastExit"] is None
    assert before["limits"] == {"memory": 64 << 20} or before["limits"] == {"memory": "64M"}
    assert before["weakenings"] == ["privateUsers=no", "additionalCapabilities=CAP_NET_ADMIN"]
    succeed(warren, "update", "box", "-s", "privateUsers=pick")
    assert status(warren, "box")["weakenings"] == ["additionalCapabilities=CAP_NET_ADMIN"]
    succeed(warren, "start", "box")
    assert 0 <= status(warren, "box")["uptime"] < 60
    warren.run("run", "box", "poweroff")
    after = eventually(lambda: (s := status(warren, "box"))["state"] == "stopped" and s)
    assert after["lastExit"]["failed"] is False and after["lastExit"]["reason"] == "it powered off"


def test_status_of_many_and_of_none(warren):
    succeed(warren, "create", "box", "-i", "busybox")
    result = warren.run("status", "--json", "nobox", "box")
    assert result.returncode == 125
    assert result.stderr == b"warren: status: nobox: there is no such container (see warren list)\n"
    assert [entry["name"] for entry in json.loads(result.stdout)] == ["box"]
    assert warren.run("status").returncode == 125


def test_a_killed_monitor_is_told(warren):
    succeed(warren, "create", "box", "-i", "busybox", "--start")
    os.kill(int(state(warren, "box")["monitor"]), signal.SIGKILL)
    told = eventually(lambda: (s := status(warren, "box"))["state"] == "failed" and s)
    assert told["reason"] == "its monitor was killed" and told["leader"] is None and told["monitor"] is None
    succeed(warren, "destroy", "box")
    assert listed(warren) == []


def test_leftovers_are_not_listed_and_go(warren):
    succeed(warren, "create", "box", "-i", "busybox")
    directory = warren.root / "var/lib/warren/containers"
    for name in (".new-other", ".old-third-1"):
        (directory / name / "generations/1").mkdir(parents=True)
    assert [entry["name"] for entry in listed(warren)] == ["box"]
    assert [path.name for path in directory.iterdir()] == ["box"]
