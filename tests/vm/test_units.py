"""systemd keeps the monitors of declared containers: warren@NAME.service."""
import os
import pathlib
import signal
import subprocess

import pytest

from declared import declare, last, state, succeed
from harness import eventually, is_gone
from units import active, properties, systemctl


def word(host, name):
    """What warren says of it."""
    return next(line.split()[1] for line in succeed(host, "list").stdout.decode().splitlines()
                if line.split()[0] == name)


@pytest.fixture
def box(host, busybox):
    declare(host, "box", busybox)
    return "box"


def test_containers_with_autostart_are_up_after_boot(host):
    assert active("atboot") == "active"
    assert succeed(host, "run", "atboot", "hostname").stdout == b"atboot\n"
    assert active("notatboot") == "inactive"
    assert properties("atboot", "MainPID")["MainPID"] == state(host, "atboot")["monitor"]
    assert systemctl("is-active", "warren.service").stdout == "active\n"
    # What a unit starts after is still there when it ends.
    assert {"network.target", "machine.slice"} <= set(properties("atboot", "After")["After"].split())


def test_start_is_a_units_start(host, box):
    succeed(host, "start", box)
    seen = properties(box, "ActiveState", "MainPID", "Slice", "Delegate", "ControlGroup", "StatusText")
    assert seen["ActiveState"] == "active" and seen["Delegate"] == "yes"
    assert seen["MainPID"] == state(host, box)["monitor"]
    assert seen["ControlGroup"] == "/machine.slice/warren@box.service"
    assert seen["StatusText"] == "Container running."
    leader = host.leader(box)
    assert pathlib.Path(f"/proc/{leader}/cgroup").read_text() == \
        "0::/machine.slice/warren@box.service/payload\n"
    assert succeed(host, "run", box, "hostname").stdout == b"box\n"
    assert b"/machine.slice" not in succeed(host, "run", box, "cat", "/proc/self/cgroup").stdout
    succeed(host, "stop", box)
    assert eventually(lambda: active(box) == "inactive")
    assert word(host, box) == "stopped"
    assert is_gone(leader)


def test_systemctl_starts_restarts_and_stops(host, box):
    assert systemctl("start", "warren@box").returncode == 0
    assert word(host, box) == "running"
    first = host.leader(box)
    assert systemctl("restart", "warren@box").returncode == 0
    assert is_gone(first) and word(host, box) == "running"
    assert systemctl("stop", "warren@box").returncode == 0
    assert word(host, box) == "stopped" and active(box) == "inactive"
    assert last(host, box)["reason"] == "it powered off", "it was asked, not killed"


def test_the_journal_has_what_the_console_showed(host, busybox):
    declare(host, "box", busybox, "sh", "-c", "echo says hello; echo no end of line | tr -d '\\n'; sleep 1000")
    succeed(host, "start", "box")
    seen = eventually(lambda: "says hello" in (
        text := subprocess.run(["journalctl", "-u", "warren@box", "-o", "cat"], capture_output=True,
                               text=True).stdout) and text)
    assert "\nsays hello\n" in seen and "-- boot of box" in seen
    assert b"says hello" in succeed(host, "logs", "box").stdout


def test_why_it_did_not_start(host, busybox):
    declare(host, "box", busybox, "nonesuch")
    result = host.run("start", "box")
    assert result.returncode == 125
    assert result.stderr.decode().splitlines()[0] == \
        "warren: start box: execute nonesuch: No such file or directory"
    assert active("box") == "failed" and word(host, "box") == "failed"


def test_a_failure_later_is_a_units_failure(host, busybox):
    declare(host, "box", busybox, "sh", "-c", "sleep 1; exit 7", restart="no")
    succeed(host, "start", "box")
    eventually(lambda: active("box") == "failed")
    assert word(host, "box") == "failed" and last(host, "box")["status"] == "7"
    succeed(host, "start", "box"), "from failed too"


def test_a_reboot_inside_is_none_of_the_units(host, box):
    succeed(host, "start", box)
    monitor, leader = state(host, box)["monitor"], host.leader(box)
    host.run("run", box, "reboot")  # init may end it before it comes to its own end
    eventually(lambda: state(host, box).get("state") == "running" and host.leader(box) != leader)
    assert state(host, box)["monitor"] == monitor and active(box) == "active"
    assert succeed(host, "run", box, "hostname").stdout == b"box\n"


def test_a_monitor_that_is_killed(host, box):
    succeed(host, "start", box)
    leader = host.leader(box)
    os.kill(int(state(host, box)["monitor"]), signal.SIGKILL)
    eventually(lambda: active(box) == "failed")
    assert word(host, box) == "failed"
    eventually(lambda: is_gone(leader))
    succeed(host, "start", box)
    assert active(box) == "active" and word(host, box) == "running"


def test_a_root_of_ones_own_has_no_units(warren, busybox):
    declare(warren, "box", busybox)
    succeed(warren, "start", "box")
    assert active("box") == "inactive"
    succeed(warren, "stop", "box")
