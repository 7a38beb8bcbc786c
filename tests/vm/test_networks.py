"""What the kernel of Debian 12 has and others lack: ipvlans, vlans, bonds. And ports on a host that
has no nft."""
import shutil
import signal
import subprocess
import urllib.request

import pytest

from declared import declare, succeed
from harness import eventually, kill

HOLD = "while :; do sleep 1000 & wait; done"


def ip(*words):
    return subprocess.run(["ip", *words], check=True, capture_output=True, text=True).stdout


def ping(address):
    return subprocess.run(["busybox", "ping", "-c1", "-W2", address], capture_output=True).returncode == 0


@pytest.fixture
def cards():
    """Two cards of the host's, at a switch with the address 10.6.0.1."""
    subprocess.run(["modprobe", "bonding", "max_bonds=0"], check=True)
    subprocess.run(["modprobe", "-a", "8021q", "ipvlan", "veth", "bridge"], check=True)
    ip("link", "add", "switch", "type", "bridge")
    ip("addr", "add", "10.6.0.1/24", "dev", "switch")
    ip("link", "set", "switch", "up")
    for card in ("card0", "card1"):
        ip("link", "add", card, "type", "veth", "peer", "name", f"at-{card}")
        ip("link", "set", f"at-{card}", "master", "switch", "up")
        ip("link", "set", card, "up")
    yield
    for card in ("card0", "card1"):
        eventually(lambda: ip("link", "show", card))  # back from wherever it was
        ip("link", "del", card)
    ip("link", "del", "switch")


def spawn(warren, busybox, script, *options):
    """A container that has done what `script` says."""
    child = warren.start("spawn", "-D", busybox, "-M", "box", *options, "sh", "-ec", f"{script}\necho made\n{HOLD}")
    shown = []
    while not shown or shown[-1] != b"made\n":
        shown.append(child.stdout.readline())
        assert shown[-1], (b"".join(shown), child.communicate())
    return child, b"".join(shown[:-1]).decode()


def test_ipvlan(warren, busybox, cards):
    script = "ip addr add 10.6.0.2/24 dev iv-card0\nping -c1 -W2 10.6.0.1 >/dev/null && echo reached\nls -d /sys/class/net/*/"
    child, shown = spawn(warren, busybox, script, "--network-ipvlan=card0")
    assert shown.split() == ["reached", "/sys/class/net/iv-card0/", "/sys/class/net/lo/"]
    assert ping("10.6.0.2")
    kill(child, signal.SIGTERM)


def test_vlan_of_a_moved_card(warren, busybox, cards):
    ip("link", "add", "link", "switch", "name", "tagged", "type", "vlan", "id", "5")
    ip("addr", "add", "10.7.0.1/24", "dev", "tagged")
    ip("link", "set", "tagged", "up")
    child, _ = spawn(warren, busybox, "ip link add link card0 name lan5 type vlan id 5\nip addr add 10.7.0.2/24 dev lan5\n"
                     "ip link set lan5 up", "--network-interface=card0")
    assert ping("10.7.0.2") and not ping("10.6.0.2")
    kill(child, signal.SIGTERM)


def test_bond_of_moved_cards(warren, busybox, cards):
    """It goes on when one of them has no cable any more."""
    child, _ = spawn(warren, busybox, """ip link add bond0 type bond
        for card in card0 card1; do ip link set $card down; ip link set $card master bond0; done
        ip addr add 10.6.0.2/24 dev bond0; ip link set bond0 up""",
                     "--network-interface=card0", "--network-interface=card1")
    eventually(lambda: ping("10.6.0.2"))
    ip("link", "set", "at-card0", "down")
    eventually(lambda: ping("10.6.0.2"))
    kill(child, signal.SIGTERM)


def test_ports_without_nft(warren, busybox):
    assert shutil.which("nft") is None
    (busybox / "srv").mkdir()
    (busybox / "srv/index.html").write_text("hello\n")
    declare(warren, "box", busybox, "httpd", "-f", "-p", "80", "-h", "/srv", hostAddress="10.231.136.1",
            localAddress="10.231.136.2", hostAddress6="fc00::1", localAddress6="fc00::2",
            forwardPorts=[{"hostPort": 8080, "containerPort": 80}])

    def fetched(address):
        try:
            with urllib.request.urlopen(f"http://{address}:8080/index.html", timeout=3) as answer:
                return answer.read()
        except OSError:
            return b""
    assert fetched("127.0.0.1") == b""
    for _ in range(2):
        succeed(warren, "start", "box")
        for address in ("127.0.0.1", "[::1]", "10.231.136.1"):
            assert eventually(lambda: fetched(address)) == b"hello\n"
        succeed(warren, "stop", "box")
        assert fetched("127.0.0.1") == b""
