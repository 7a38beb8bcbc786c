"""Limits, devices, pausing and changes of containers that run as warren@NAME.service."""
import json
import pathlib

import pytest

from declared import declare, last, state, succeed
from harness import eventually, is_gone
from units import active, properties, systemctl

SLICE = pathlib.Path("/sys/fs/cgroup/machine.slice")
PAYLOAD = SLICE / "warren@box.service/payload"


def status(host):
    return json.loads(succeed(host, "status", "--json", "box").stdout)[0]


def setting(file):
    return (PAYLOAD / file).read_text().strip()


def lines(result):
    return result.stdout.decode().splitlines()


@pytest.fixture
def declared(host):
    """Writes a file of declarations below /etc/warren, which is gone after the test."""
    file = pathlib.Path("/etc/warren/box.json")
    file.parent.mkdir(exist_ok=True)

    def write(**settings):
        file.write_text(json.dumps({"containers": {"box": {"image": "busybox", "autoStart": True,
                                                           "privateNetwork": True, **settings}}}))
    yield write
    file.unlink()
    succeed(host, "destroy", "box")


def test_limits_hold_and_change_while_it_runs(host, declared):
    declared(limits={"memory": "64M", "cpus": 0.5, "tasks": 30})
    succeed(host, "apply")
    leader, monitor = host.leader("box"), state(host, "box")["monitor"]
    assert (setting("memory.max"), setting("cpu.max"), setting("pids.max")) == (
        str(64 << 20), "50000 100000", "30")
    declared(limits={"memory": "80M", "cpuWeight": 20, "io": [{"device": "/dev/vda", "readBandwidth": "1M"}]})
    succeed(host, "apply")
    assert (setting("memory.max"), setting("cpu.max"), setting("pids.max"), setting("cpu.weight")) == (
        str(80 << 20), "max 100000", "max", "20")
    assert "rbps=1048576" in setting("io.max")
    assert (host.leader("box"), state(host, "box")["monitor"]) == (leader, monitor)
    assert status(host)["usage"]["memory"]["allowed"] == 80 << 20 and active("box") == "active"
    # systemd has it written down nowhere, and leaves it alone.
    assert systemctl("daemon-reload").returncode == 0
    assert setting("memory.max") == str(80 << 20)


def test_set_and_rollback(host, busybox):
    declare(host, "box", busybox, limits={"memory": "64M"})
    succeed(host, "start", "box")
    leader = host.leader("box")
    succeed(host, "set", "box", "limits.memory=48M")
    assert setting("memory.max") == str(48 << 20) and host.leader("box") == leader
    succeed(host, "rollback", "box")
    assert setting("memory.max") == str(64 << 20) and host.leader("box") == leader
    succeed(host, "update", "box", "-s", "hostName=other")
    assert is_gone(leader) and active("box") == "active"
    assert succeed(host, "run", "box", "hostname").stdout == b"other\n"
    assert properties("box", "MainPID")["MainPID"] == state(host, "box")["monitor"]
    succeed(host, "rollback", "box")
    assert succeed(host, "run", "box", "hostname").stdout == b"box\n" and active("box") == "active"


def test_one_that_does_not_get_ready_is_taken_back(host, busybox):
    declare(host, "box", busybox)
    succeed(host, "start", "box")
    result = host.run("update", "box", "-s", "boot=false", "-s", 'command=["nonesuch"]')
    assert result.returncode != 0 and b"execute nonesuch" in result.stderr
    assert active("box") == "active" and state(host, "box")["state"] == "running"
    assert systemctl("is-failed", "warren@box").stdout == "active\n"


def test_out_of_memory_is_told_and_the_rest_goes_on(host, busybox):
    declare(host, "box", busybox, "sh", "-c", "dd if=/dev/zero bs=200M count=1 of=/dev/null; sleep 1000",
            limits={"memory": "32M", "swap": 0})
    succeed(host, "start", "box")
    eventually(lambda: status(host)["usage"]["memoryKills"], seconds=60)
    eventually(lambda: b"box: out of memory: the kernel has killed" in succeed(host, "logs", "box").stdout)
    assert active("box") == "active" and not is_gone(host.leader("box"))


def test_out_of_memory_is_why_a_unit_failed(host, busybox):
    declare(host, "box", busybox, "dd", "if=/dev/zero", "bs=200M", "count=1", "of=/dev/null",
            limits={"memory": "32M", "swap": 0}, restart="no")
    host.run("start", "box")
    eventually(lambda: active("box") == "failed", seconds=60)
    assert last(host, "box")["reason"].startswith("out of memory: the kernel has killed process 1")
    assert "out of memory: the kernel has killed process 1" in systemctl("status", "warren@box").stdout


def test_a_destroyed_one_is_no_failed_unit(host, busybox):
    declare(host, "box", busybox, "false", restart="no")
    host.run("start", "box")
    eventually(lambda: active("box") == "failed")
    succeed(host, "destroy", "box")
    assert "warren@box" not in systemctl("list-units", "--all", "--plain", "--no-legend", "warren@*").stdout
    declare(host, "box", busybox)
    assert succeed(host, "destroy", "box").stderr == b""


def test_paused_and_resumed(host, busybox):
    declare(host, "box", busybox, "sh", "-c", "while :; do echo x >>/count; sleep 0.1; done")
    succeed(host, "start", "box")
    count = pathlib.Path(busybox) / "count"
    eventually(lambda: count.exists() and count.stat().st_size)
    succeed(host, "pause", "box")
    assert "frozen 1" in setting("cgroup.events")
    before = count.stat().st_size
    assert status(host)["state"] == "paused" and active("box") == "active"
    assert count.stat().st_size == before
    succeed(host, "resume", "box")
    eventually(lambda: count.stat().st_size > before)
    succeed(host, "pause", "box")
    assert systemctl("stop", "warren@box").returncode == 0
    assert status(host)["state"] == "stopped" and active("box") == "inactive"


def test_systemctl_freezes_and_thaws(host, busybox):
    declare(host, "box", busybox)
    succeed(host, "start", "box")
    assert systemctl("freeze", "warren@box").returncode == 0
    assert succeed(host, "status", "box").returncode == 0
    assert systemctl("thaw", "warren@box").returncode == 0
    assert succeed(host, "run", "box", "hostname").stdout == b"box\n"


def test_what_systemctl_status_shows(host, busybox):
    declare(host, "box", busybox, "sh", "-c", "echo shown by it; sleep 1000")
    succeed(host, "start", "box")
    seen = systemctl("status", "--full", "--lines=20", "warren@box").stdout
    for words in ("Container box", "active (running)", 'Status: "Container running."', "payload", "sleep 1000"):
        assert words in seen
    eventually(lambda: "shown by it" in systemctl("status", "--lines=20", "warren@box").stdout)


def test_devices_are_held(host, busybox):
    declare(host, "box", busybox, "sleep", "1000",
            allowedDevices=[{"node": "/dev/fuse", "modifier": "r"}], enableTun=True)
    succeed(host, "start", "box")
    script = ("(: </dev/fuse) && echo read; (: >>/dev/fuse) || echo no write; "
              "tunctl -t tap7 >/dev/null && ip link set tap7 up && echo tunnel; "
              "mknod /root/disk b 254 0 || echo no disk")
    assert lines(host.run("run", "box", "sh", "-c", script)) == ["read", "no write", "tunnel", "no disk"]
    # The program is there for each life, and for real root too.
    succeed(host, "update", "box", "-s", "enableTun=false", "-s", 'privateUsers="no"')
    script = ("mknod /root/disk b 254 0 || echo no disk; mknod /root/null c 1 3 && echo x >/root/null && echo null; "
              "test -e /dev/net/tun || echo gone")
    assert lines(host.run("run", "box", "sh", "-c", script)) == ["no disk", "null", "gone"]
