"""Interfaces of containers: on both sides, from before process 1 until nothing is left of them."""
import json
import os
import signal
import subprocess
import threading
import time

import pytest

from declared import declare, state, succeed
from harness import eventually, kill
from networks import HOST4, LAN4, LAN6, card, links, networks, warren  # noqa: F401

ROUNDS = int(os.environ.get("WARREN_TEST_ROUNDS", "10"))
PAIRS = int(os.environ.get("WARREN_TEST_PAIRS", "5"))
HOST_END4, INSIDE4, HOST_END6, INSIDE6 = "10.231.136.1", "10.231.136.2", "fc00::1", "fc00::2"
LINK = {"hostAddress": HOST_END4, "localAddress": INSIDE4, "hostAddress6": HOST_END6, "localAddress6": INSIDE6}
HOLD = ("/bin/sh", "-c", "while true; do sleep 1000 & wait; done")


def pings(namespace, address):
    return namespace.run("/bin/busybox", "ping", "-c1", "-W2", address).returncode == 0


def inside(warren, name, *command):
    result = warren.run("run", name, "--", *command)
    assert result.returncode == 0, result.stderr.decode()
    return result.stdout.decode()


def inside_pings(warren, name, address):
    return warren.run("run", name, "--", "/bin/ping", "-c1", "-W2", address).returncode == 0


def nothing_left(networks):
    eventually(lambda: set(links(networks.host)) == {"eth0"})


def test_the_network_is_there_when_process_1_begins(warren, busybox, networks):
    """One packet a family and no second try, by the very first thing that runs."""
    script = (f"ping -c1 -W5 {HOST_END4} >/dev/null && ping -c1 -W5 {HOST_END6} >/dev/null && "
              f"ip route get {LAN4} >/dev/null && echo reached; exec sleep 1000")
    declare(warren, "web", busybox, "/bin/sh", "-c", script, **LINK)
    for _ in range(3):
        succeed(warren, "start", "web")
        eventually(lambda: "reached" in warren.run("logs", "web").stdout.decode())
        succeed(warren, "terminate", "web")
        nothing_left(networks)


def test_both_ways_in_both_families(warren, busybox, networks):
    declare(warren, "web", busybox, *HOLD, **LINK)
    succeed(warren, "start", "web")
    for address in (INSIDE4, INSIDE6):
        assert pings(networks.host, address)
    for address in (HOST_END4, HOST_END6, HOST4):
        assert inside_pings(warren, "web", address)
    routes = networks.host.output("ip", "route")
    assert f"{INSIDE4} dev ve-web" in routes
    assert f"{INSIDE6} dev ve-web" in networks.host.output("ip", "-6", "route")
    assert f"default via {HOST_END4} dev eth0" in inside(warren, "web", "/bin/ip", "route")
    assert f"default via {HOST_END6} dev eth0" in inside(warren, "web", "/bin/ip", "-6", "route")
    assert "tentative" not in "".join(line for line in inside(warren, "web", "/bin/ip", "addr").splitlines()
                                      if INSIDE6 in line)
    succeed(warren, "stop", "web")
    assert set(links(networks.host)) == {"eth0"}, "gone when stop returns"


def test_a_prefix_length_is_kept(warren, busybox, networks):
    declare(warren, "web", busybox, *HOLD, hostAddress="10.9.0.1/24", localAddress="10.9.0.2/24")
    succeed(warren, "start", "web")
    assert "10.9.0.2/24" in inside(warren, "web", "/bin/ip", "addr")
    assert inside_pings(warren, "web", "10.9.0.1") and pings(networks.host, "10.9.0.2")


def test_ethernet_addresses(warren, busybox, networks):
    """Declared, or the same at every start and each container's own."""
    def macs(*options):
        found = warren.output(busybox, "-n", *options, "cat", "/sys/class/net/host0/address").strip()
        assert int(found[:2], 16) & 3 == 2
        return found
    assert macs("-M", "a") == macs("-M", "a") != macs("-M", "b")
    declare(warren, "web", busybox, *HOLD, **LINK, localMacAddress="02:00:00:00:00:07")
    succeed(warren, "start", "web")
    assert "02:00:00:00:00:07" in inside(warren, "web", "/bin/ip", "link", "show", "eth0")


def test_names(warren, busybox, networks):
    long = "a-long-name-of-a-container-that-somebody-chose"
    for name in ("box", long, long + "2"):
        warren.start("spawn", "-D", busybox, "-M", name, "-x", "-n", *HOLD)
        warren.leader(name)
    found = links(networks.host)
    assert len(found) == 4 and all(len(name) <= 15 for name in found)
    assert found["ve-box"]["flags"].count("UP") == 1
    for name in (long, long + "2"):
        shown = json.loads(networks.host.output("ip", "-j", "link", "show", f"ve-{name}"))
        assert shown[0]["altnames"] == [f"ve-{name}"]


def test_extra_pairs(warren, busybox, networks):
    declare(warren, "web", busybox, *HOLD,
            extraVeths={"lan": {"hostAddress": "10.8.0.1", "localAddress": "10.8.0.2"}}, **LINK)
    succeed(warren, "start", "web")
    assert {"ve-web", "ve-web-lan"} < set(links(networks.host))
    assert inside_pings(warren, "web", "10.8.0.1") and inside_pings(warren, "web", HOST_END4)
    shown = warren.output(busybox, "-x", "--network-veth-extra=left:right", "--network-veth-extra=both",
                          "ls", "/sys/class/net")
    assert shown.split() == ["both", "lo", "right"]


@pytest.fixture
def bridge(networks):
    """br0 on the host, with the LAN in it: what the host has of the LAN is on the bridge."""
    def make():
        networks.host.ip("link", "add", "br0", "address", "02:00:00:00:00:b0", "type", "bridge")
        networks.host.ip("addr", "flush", "dev", "eth0")
        networks.host.ip("link", "set", "eth0", "master", "br0", "up")
        networks.host.address("br0", f"{HOST4}/24")
    make()
    yield make
    networks.host.run("ip", "link", "del", "br0")


@pytest.fixture
def on_bridge(warren, busybox, bridge):
    declare(warren, "web", busybox, *HOLD, hostBridge="br0", localAddress="192.0.2.50/24",
            localAddress6="2001:db8:1::50/64")
    succeed(warren, "start", "web")
    yield
    succeed(warren, "terminate", "web")


def test_a_bridge_to_the_lan(warren, networks, on_bridge):
    assert links(networks.host)["vb-web"]["master"] == "br0"
    for address in (LAN4, LAN6, HOST4):
        assert inside_pings(warren, "web", address)
    assert pings(networks.lan, "192.0.2.50") and pings(networks.lan, "2001:db8:1::50")


def test_a_bridge_that_is_made_again(warren, networks, bridge, on_bridge):
    for _ in range(3):
        networks.host.ip("link", "del", "br0")
        assert "master" not in links(networks.host)["vb-web"]
        bridge()
        eventually(lambda: links(networks.host)["vb-web"].get("master") == "br0", seconds=1)
        assert inside_pings(warren, "web", HOST4) and pings(networks.lan, "192.0.2.50")


def test_a_link_that_was_down(warren, busybox, networks):
    declare(warren, "web", busybox, *HOLD, **LINK)
    succeed(warren, "start", "web")
    for _ in range(3):
        networks.host.ip("link", "set", "ve-web", "down")
        assert not pings(networks.host, INSIDE4)
        networks.host.ip("link", "set", "ve-web", "up")
        eventually(lambda: INSIDE6 in networks.host.output("ip", "-6", "route"), seconds=1)
        assert pings(networks.host, INSIDE4) and pings(networks.host, INSIDE6)
        assert inside_pings(warren, "web", HOST_END4) and inside_pings(warren, "web", HOST_END6)


def test_addresses_are_shown_as_they_are(warren, busybox, networks):
    def shown(name):
        found, = json.loads(warren.run("list", "--json").stdout)
        whole, = json.loads(warren.run("status", "--json", name).stdout)
        assert whole["addresses"] == found["addresses"]

        return found["addresses"]
    declare(warren, "web", busybox, *HOLD, **LINK)
    assert shown("web") == [INSIDE4, INSIDE6], "as declared"
    succeed(warren, "start", "web")
    assert shown("web") == [INSIDE4, INSIDE6]
    inside(warren, "web", "/bin/sh", "-c", f"ip addr del {INSIDE4}/32 dev eth0; ip addr add 10.5.0.9/24 dev eth0")
    assert shown("web") == ["10.5.0.9", INSIDE6]
    assert warren.run("show-ip", "web").stdout == b"10.5.0.9\n"
    succeed(warren, "destroy", "web")
    warren.start("spawn", "-D", busybox, "-M", "box", "-n", *HOLD)
    warren.leader("box")
    inside(warren, "box", "/bin/ip", "addr", "add", "10.5.0.8/24", "dev", "host0")
    assert warren.run("show-ip", "box").stdout == b"10.5.0.8\n"


def test_a_bridge_without_an_address(warren, busybox, networks, bridge):
    declare(warren, "web", busybox, *HOLD, hostBridge="br0")
    succeed(warren, "start", "web")
    assert ",UP" in inside(warren, "web", "/bin/ip", "link", "show", "eth0")


def test_a_full_bridge(warren, busybox, networks):
    """The kernel gives a bridge 1,023 ports."""
    host = networks.host
    lines = ["link add br0 type bridge"]
    for pair in range(512):
        lines += [f"link add l{pair} group 7 type veth peer name r{pair}", f"link set l{pair} master br0"]
        lines += [f"link set r{pair} master br0"] if pair < 511 else []
    host.output("ip", "-batch", "-", input="\n".join(lines))
    declare(warren, "web", busybox, *HOLD, hostBridge="br0")
    result = warren.run("start", "web")
    assert result.returncode != 0
    assert result.stderr.decode().splitlines()[0] == ("warren: start web: make the interface vb-web: Exchange full "
                                                      "(a bridge has room for 1023: use another one)")
    host.ip("link", "del", "l0")
    succeed(warren, "start", "web")
    host.ip("link", "del", "group", "7")
    host.ip("link", "del", "br0")


@pytest.mark.parametrize("settings,message", [
    ({"hostBridge": "nobr"}, "hostBridge: nobr: there is no such bridge on this host"),
    ({"hostBridge": "eth0"}, "hostBridge: eth0: it is no bridge"),
    ({"extraVeths": {"a": {"hostBridge": "nobr"}}}, "extraVeths.a.hostBridge: nobr: there is no such bridge"),
    ({"interfaces": ["nolink"]}, "interfaces: nolink: there is no such interface"),
    ({"macvlans": ["nolink"]}, "macvlans: nolink: there is no such interface"),
    ({"macvlans": ["lo"]}, "macvlans: lo: every network has a loopback interface of its own"),
])
def test_what_is_not_there_is_named(warren, busybox, networks, settings, message):
    """Before anything is made, by every verb that would make something of it."""
    before = links(networks.host)
    containers = warren.root / "var/lib/warren/containers"
    declaration = {"image": f"directory:{busybox}", "boot": False, "command": list(HOLD), "privateNetwork": True,
                   "autoStart": True, **settings}
    text = json.dumps({"containers": {"web": declaration}}).encode()
    for arguments in (["create", "web", "--config", "-"], ["create", "--start", "web", "--config", "-"],
                      ["apply", "-"]):
        result = warren.run(*arguments, input=text)
        assert result.returncode == 125
        assert result.stderr.decode().startswith(f"warren: create web: {message}"), result.stderr
        assert not containers.exists() or not list(containers.iterdir())
    declare(warren, "web", busybox, *HOLD)
    result = warren.run("update", "web", "--config", "-", input=text)
    assert result.returncode == 125 and f"update web: {message}" in result.stderr.decode()
    assert links(networks.host) == before


KINDS = {"hostBridge": ["bridge"], "macvlans": ["veth", "peer", "name", "part0"],
         "interfaces": ["veth", "peer", "name", "part0"]}


@pytest.mark.parametrize("key", KINDS)
def test_what_is_not_there_any_more(warren, busybox, networks, key):
    """Seen by the start, before anything is made; a change of something else goes all the same."""
    networks.host.ip("link", "add", "part", "type", *KINDS[key])
    declare(warren, "web", busybox, *HOLD, **{key: "part" if key == "hostBridge" else ["part"]})
    networks.host.ip("link", "del", "part")
    result = warren.run("start", "web")
    what = "bridge" if key == "hostBridge" else "interface"
    assert result.returncode == 125
    assert result.stderr.decode().splitlines()[0] == \
        f"warren: start web: {key}: part: there is no such {what} on this host"
    assert not (warren.root / "run/warren/web").exists()
    succeed(warren, "set", "web", "restart=always")
    networks.host.ip("link", "add", "part", "type", *KINDS[key])
    succeed(warren, "start", "web")
    if key == "interfaces":  # a container has it: that is no mistake of another one's
        declare(warren, "other", busybox, *HOLD, interfaces=["part"])
        succeed(warren, "set", "web", "restart=no")
        assert warren.run("start", "other").returncode == 125
    succeed(warren, "terminate", "--all")
    networks.host.ip("link", "del", "part")


@pytest.mark.parametrize("option,message", [
    ("--network-bridge=nobr", "--network-bridge: nobr: there is no such bridge on this host"),
    ("--network-bridge=eth0", "--network-bridge: eth0: it is no bridge"),
    ("--network-interface=nolink", "--network-interface: nolink: there is no such interface on this host"),
    ("--network-interface=lo:x", "--network-interface: lo: every network has a loopback interface of its own"),
    ("--network-macvlan=nolink", "--network-macvlan: nolink: there is no such interface on this host"),
    ("--network-ipvlan=nolink", "--network-ipvlan: nolink: there is no such interface on this host"),
    ("--network-namespace-path=/run/netns/none",
     "--network-namespace-path: open /run/netns/none: No such file or directory"),
])
def test_spawn_names_what_is_not_there(warren, busybox, networks, tmp_path, option, message):
    before = links(networks.host)
    result = warren.run("spawn", "-D", tmp_path / "copy", f"--template={busybox}", option, "true")
    assert (result.returncode, result.stderr.decode()) == (125, f"warren: {message}\n")
    assert not (tmp_path / "copy").exists() and not (warren.root / "run").exists()
    assert links(networks.host) == before


def test_a_network_namespace_that_is_not_there(warren, busybox, networks):
    text = json.dumps({"containers": {"web": {"image": f"directory:{busybox}", "networkNamespace": "/run/netns/none"}}})
    result = warren.run("create", "web", "--config", "-", input=text.encode())
    assert result.returncode == 125 and result.stderr.decode() == \
        "warren: create web: networkNamespace: open /run/netns/none: No such file or directory\n"


def test_a_foreign_interface_with_the_name_stays(warren, busybox, networks):
    networks.host.ip("link", "add", "ve-box", "type", "veth", "peer", "name", "other")
    result = warren.spawn(busybox, "-M", "box", "-n", "true")
    assert result.returncode == 125 and b"make the interface ve-box: File exists" in result.stderr
    assert {"ve-box", "other"} < set(links(networks.host))
    networks.host.ip("link", "del", "ve-box")


def test_a_zone_comes_with_the_first_and_goes_with_the_last(warren, busybox, networks):
    children = {}
    for name in ("one", "two"):
        children[name] = warren.start("spawn", "-D", busybox, "-x", "-M", name, "--network-zone=z", *HOLD)
        warren.leader(name)
    found = links(networks.host)
    assert found["vb-one"]["master"] == found["vb-two"]["master"] == "vz-z"
    for name, number in (("one", 1), ("two", 2)):
        inside(warren, name, "/bin/ip", "addr", "add", f"10.7.0.{number}/24", "dev", "host0")
    assert inside_pings(warren, "one", "10.7.0.2")
    kill(children["one"], signal.SIGTERM)
    assert set(links(networks.host)) == {"eth0", "vz-z", "vb-two"}
    kill(children["two"], signal.SIGTERM)
    assert set(links(networks.host)) == {"eth0"}


def test_a_zone_of_a_killed_warren_goes_with_the_next_start(warren, busybox, networks):
    child = warren.start("spawn", "-D", busybox, "-M", "box", "--network-zone=z", *HOLD)
    warren.leader("box")
    kill(child)
    eventually(lambda: set(links(networks.host)) == {"eth0", "vz-z"})
    assert warren.spawn(busybox, "-M", "box", "true").returncode == 0
    assert set(links(networks.host)) == {"eth0"}


def test_two_at_once(warren, busybox, networks):
    for _ in range(PAIRS):
        children = [warren.start("spawn", "-D", busybox, "-x", "-M", name, "--network-zone=z",
                                 "cat", "/sys/class/net/host0/operstate") for name in ("one", "two")]
        for child in children:
            out, err = child.communicate(timeout=60)
            assert child.returncode == 0, err.decode()
        assert set(links(networks.host)) == {"eth0"}


def test_a_macvlan_is_a_neighbour_in_the_lan(warren, busybox, networks):
    declare(warren, "web", busybox, *HOLD, macvlans=["eth0"])
    succeed(warren, "start", "web")
    inside(warren, "web", "/bin/ip", "addr", "add", "192.0.2.60/24", "dev", "mv-eth0")
    assert inside_pings(warren, "web", LAN4) and pings(networks.lan, "192.0.2.60")
    shown = warren.output(busybox, "-x", "--network-macvlan=eth0:lan0", "ls", "/sys/class/net")
    assert shown.split() == ["lan0", "lo"]


def spawn_with(warren, busybox, option, *command):
    child = warren.start("spawn", "-D", busybox, "-M", "box", option, *command)
    warren.leader("box")
    return child


def test_a_moved_interface_is_used_inside(warren, busybox, networks, card):
    spawn_with(warren, busybox, "--network-interface=card:lan0", *HOLD)
    assert not card()
    inside(warren, "box", "/bin/ip", "addr", "add", "10.6.0.2/24", "dev", "lan0")
    assert inside_pings(warren, "box", "10.6.0.1")
    kill(warren.children[0], signal.SIGTERM)
    assert card(), "back, up and with its number when warren ends"


@pytest.mark.parametrize("end", ["exit", "leader", "warren", "renamed"])
def test_a_moved_interface_comes_back(warren, busybox, networks, card, end):
    command = ("/bin/true",) if end == "exit" else HOLD
    if end == "exit":
        assert warren.spawn(busybox, "--network-interface=card", "true").returncode == 0
        assert card()
        return
    child = spawn_with(warren, busybox, "--network-interface=card", *command)
    if end == "renamed":
        inside(warren, "box", "/bin/sh", "-c", "ip link set card down; ip link set card name other")
        kill(child, signal.SIGTERM)
    elif end == "leader":
        os.kill(warren.leader("box"), signal.SIGKILL)
        child.wait(timeout=30)
    else:
        kill(child)
    eventually(card)
    assert warren.spawn(busybox, "-M", "box", "--network-interface=card", "true").returncode == 0
    assert card()


def test_a_moved_interface_whose_name_is_taken_comes_back_under_another(warren, busybox, networks, card):
    child = spawn_with(warren, busybox, "--network-interface=card", *HOLD)
    networks.host.ip("link", "add", "card", "type", "bridge")
    kill(child, signal.SIGTERM)
    other, = set(links(networks.host)) - {"eth0", "card"}
    assert other.startswith("dev")
    networks.host.ip("link", "del", "card")
    networks.host.ip("link", "del", other)
    networks.host.ip("link", "add", "card", "type", "veth", "peer", "name", "far", "netns", networks.lan.name)


@pytest.mark.parametrize("end", ["stop", "terminate", "monitor"])
def test_declared_interfaces_go_and_come_back(warren, busybox, networks, card, end):
    declare(warren, "web", busybox, *HOLD, interfaces=["card"], macvlans=["eth0"], **LINK)
    succeed(warren, "start", "web")
    assert set(links(networks.host)) == {"eth0", "ve-web"}
    if end == "monitor":
        os.kill(int(state(warren, "web")["monitor"]), signal.SIGKILL)
    else:
        succeed(warren, end, "web")
    eventually(card)
    eventually(lambda: set(links(networks.host)) == {"eth0", "card"})
    succeed(warren, "start", "web")
    assert set(links(networks.host)) == {"eth0", "ve-web"}


def test_killed_at_any_time(warren, busybox, networks, card):
    """SIGKILL of warren at moments that are spread over a start: what it made goes, what it took
    comes back, and the next start works."""
    options = ("spawn", "-D", busybox, "-M", "box", "-n", "--network-macvlan=eth0",
               "--network-veth-extra=one:two")
    begin = time.monotonic()
    assert warren.run(*options, "--network-interface=card", "true").returncode == 0
    length = time.monotonic() - begin
    for i in range(3 * ROUNDS):
        child = subprocess.Popen(warren.command(*options, "true"), env=warren.environment,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        time.sleep(length * i / (3 * ROUNDS))
        child.kill()
        child.wait()
        eventually(lambda: set(links(networks.host)) == {"eth0", "card"})
    assert warren.run(*options, "--network-interface=card", "true").returncode == 0
    assert card()


def test_rounds_leave_nothing(warren, busybox, networks):
    for _ in range(ROUNDS):
        assert warren.spawn(busybox, "-M", "box", "--network-zone=z", "--network-macvlan=eth0",
                            "--network-veth-extra=left", "true").returncode == 0
        assert set(links(networks.host)) == {"eth0"}


def test_what_is_built_inside(warren, busybox, networks):
    """CAP_NET_ADMIN counts inside, and nowhere else."""
    script = ("ip link add br0 type bridge && ip link set host0 master br0 && ip link set br0 up && "
              "ip link add link br0 name mv0 type macvlan && ls /sys/class/net; ip link show eth0")
    result = warren.spawn(busybox, "-n", "sh", "-c", script)
    assert result.stdout.decode().split() == ["br0", "host0", "lo", "mv0"], result.stderr
    assert result.returncode != 0, "the host's eth0 is out of sight"
    assert set(links(networks.host)) == {"eth0"}
