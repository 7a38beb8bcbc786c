"""A container with every kind of link, killed at every call of its life that others can see: what
was made goes, what was taken comes back, and the next start works."""
import os
import subprocess

import pytest

from declared import declare, state, succeed
from harness import eventually
from killing import KILLED, calls_in, kill_at
from networks import card, links, networks, warren  # noqa: F401

CHUNKS = 24
CHOSEN = range(CHUNKS) if "WARREN_TEST_EVERY_CALL" in os.environ else (0, 9, 18)  # all of it takes many minutes
SPAWNED = ["-n", "--network-zone=z", "--network-macvlan=eth0", "--network-veth-extra=one:two", "--network-interface=card"]
DECLARED = {"hostAddress": "10.231.136.1", "localAddress": "10.231.136.2", "hostAddress6": "fc00::1", "localAddress6": "fc00::2",
            "forwardPorts": [{"hostPort": 8080, "containerPort": 80}], "internet": True, "interfaces": ["card"],
            "macvlans": ["eth0"], "extraVeths": {"lan": {"hostAddress": "10.8.0.1", "localAddress": "10.8.0.2"}}}


def traced(warren, options, arguments, trace="/dev/null"):
    """On the host of the networks, to its end."""
    host = warren.networks.host
    command = warren.command(*arguments)
    inside = len(host.inside())
    return subprocess.run([*command[:inside], "strace", "-qq", "-o", str(trace), *options, "--", *command[inside:]],
                          env=warren.environment, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)


def is_as_before(warren, card):
    """Nothing of a pair, and the card where it was. The last one's bridge may wait for the next start."""
    def same():
        return set(links(warren.networks.host)) - {"vz-z"} == {"eth0", "card"} and card()
    eventually(same, 5)


@pytest.mark.parametrize("chunk", CHOSEN)
def test_spawn_killed(warren, busybox, networks, card, tmp_path, chunk):
    whole = ["spawn", "-D", busybox, "-M", "box", *SPAWNED, "true"]
    assert traced(warren, [], whole, tmp_path / "trace").returncode == 0
    for number in calls_in(tmp_path / "trace", changes_only=True)[chunk::CHUNKS]:
        result = traced(warren, kill_at(*number), whole)
        assert result.returncode in (*KILLED, 0), (number, result.stderr)
        is_as_before(warren, card)
        again = warren.run(*whole)
        assert again.returncode == 0, (number, again.stderr)
        assert card() and set(links(networks.host)) == {"eth0", "card"}, number


@pytest.mark.parametrize("chunk", CHOSEN)
def test_monitor_killed(warren, busybox, networks, card, tmp_path, chunk):
    """Its rules go with the next verb of its name."""
    declare(warren, "box", busybox, "sleep", "1000", **DECLARED)

    def life(options=(), trace="/dev/null"):
        host, command = networks.host, warren.command("monitor", "box")
        inside = len(host.inside())
        monitor = subprocess.Popen([*command[:inside], "strace", "-qq", "-o", str(trace), *options, "--", *command[inside:]],
                                   env=warren.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        eventually(lambda: monitor.poll() is not None or state(warren, "box").get("state") == "running")
        if monitor.poll() is None:
            succeed(warren, "terminate", "box")
        return monitor.wait(timeout=20)

    assert life(trace=tmp_path / "trace") == 0
    for number in calls_in(tmp_path / "trace", changes_only=True)[chunk::CHUNKS]:
        status = life(kill_at(*number))
        assert status in (*KILLED, 0), number
        is_as_before(warren, card)
        succeed(warren, "start", "box")
        assert "tcp . 8080" in networks.host.nft() and set(links(networks.host)) == {"eth0", "ve-box", "ve-box-lan"}, number
        succeed(warren, "terminate", "box")
        assert card() and networks.host.nft() == "" and all("card" in leak for leak in warren.leaks()), number
