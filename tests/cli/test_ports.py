"""Ports that lead to an address which a container gets by itself: `spawn --port`, and declared
containers without an address."""
import json
import os
import signal
import subprocess

import pytest

from declared import declare, state, succeed
from harness import eventually, is_gone
from networks import (FAR4, HOST4, HOST6, LAN4, LAN6, add_server, networks, warren)  # noqa: F401

HOLD = "while true; do sleep 1000 & wait; done"
SERVE = "httpd -p 80 -h /srv; /bin/payload answer-datagrams 80 & " + HOLD
END4, INSIDE4 = "10.5.0.1", "10.5.0.2"
END6, INSIDE6 = "fd05::1", "fd05::2"


@pytest.fixture
def tree(busybox):
    add_server(busybox)
    return busybox


@pytest.fixture
def web(warren, tree):
    """Starts a container that serves, with `script` before; returns its warren and process 1."""
    def make(*options, name="web", script=""):
        child = warren.start("spawn", "-D", tree, "-x", "-M", name, *options, "/bin/sh", "-c",
                             script + SERVE)
        return child, warren.leader(name)
    return make


def inside(leader, *command):
    """Runs a command of the host's in the network of process 1."""
    subprocess.run(["nsenter", f"--net=/proc/{leader}/ns/net", *command], check=True, capture_output=True)


def give_addresses(networks, leader, name="web", interface="host0"):
    """To both ends, and the inner one a way out."""
    for family, end, address in (("-4", END4, INSIDE4), ("-6", END6, INSIDE6)):
        networks.host.ip("addr", "add", f"{end}/64" if family == "-6" else f"{end}/24", "dev", f"ve-{name}")
        inside(leader, "ip", "addr", "add", f"{address}/64" if family == "-6" else f"{address}/24",
               "dev", interface)
        inside(leader, "ip", family, "route", "add", "default", "via", end)


def reached(networks, protocol="tcp", patience=0.5, port=8080):
    places = [("host", "127.0.0.1"), ("host", "::1"), ("host", HOST4), ("lan", HOST4), ("lan", HOST6),
              ("far", HOST4)]
    return [getattr(networks, place).fetch(address, port, protocol, patience) for place, address in places]


ALL = [END4, END6, HOST4, LAN4, LAN6, FAR4]
NONE = [None] * len(ALL)


def test_a_port_follows_the_address(warren, web, networks):
    child, leader = web("-n", "-p", "8080:80", "--port=udp:8080:80")
    assert reached(networks, patience=0.2) == NONE
    assert networks.host.nft() == "" and networks.host.sysctl("ipv4/conf/ve-web/route_localnet") == "0"
    give_addresses(networks, leader)
    for protocol in ("tcp", "udp"):
        eventually(lambda: reached(networks, protocol) == ALL)
    # Another address, and none.
    inside(leader, "ip", "addr", "flush", "dev", "host0", "to", INSIDE4)
    eventually(lambda: f"{INSIDE4} " not in networks.host.nft())
    assert networks.lan.fetch(HOST6, 8080) == LAN6
    inside(leader, "ip", "addr", "add", "10.5.0.77/24", "dev", "host0")
    inside(leader, "ip", "route", "add", "default", "via", END4)
    eventually(lambda: networks.lan.fetch(HOST4, 8080, patience=0.5) == LAN4)
    assert "10.5.0.77" in networks.host.nft()
    child.terminate()
    child.wait(timeout=10)
    assert networks.host.nft() == "" and reached(networks, patience=0.2) == NONE


def test_the_host_gets_its_address_last(warren, web, networks):
    """Nothing changes inside when the host has a way there at last, or no more."""
    _, leader = web("-n", "-p", "8080:80")
    inside(leader, "ip", "addr", "add", f"{INSIDE4}/24", "dev", "host0")
    assert networks.host.fetch("127.0.0.1", 8080, patience=0.3) is None
    networks.host.ip("route", "add", INSIDE4, "dev", "ve-web")
    eventually(lambda: INSIDE4 in networks.host.nft(), seconds=2)
    networks.host.ip("route", "del", INSIDE4, "dev", "ve-web")
    eventually(lambda: INSIDE4 not in networks.host.nft(), seconds=2)
    networks.host.ip("addr", "add", f"{END4}/24", "dev", "ve-web")
    eventually(lambda: networks.host.fetch("127.0.0.1", 8080, patience=0.5) == END4)


@pytest.fixture
def dhcp(networks, tmp_path):
    """A bridge of the host's whose members get addresses by DHCP."""
    networks.host.ip("link", "add", "br0", "type", "bridge")
    networks.host.address("br0", f"{END4}/24")
    config = tmp_path / "udhcpd.conf"
    config.write_text(f"start 10.5.0.50\nend 10.5.0.59\ninterface br0\noption subnet 255.255.255.0\n"
                      f"option router {END4}\nlease_file {tmp_path}/leases\npidfile {tmp_path}/pid\n")
    (tmp_path / "leases").touch()
    networks.host.start("busybox", "udhcpd", "-f", str(config))
    yield
    networks.host.ip("link", "del", "br0")


ASK_FOR_ADDRESS = """
cat > /tmp/lease <<'END'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add "$ip/24" dev "$interface"
ip route add default via "$router"
END
chmod 755 /tmp/lease
udhcpc -f -q -i INTERFACE -s /tmp/lease -t 10 -T 1
"""


def test_an_address_by_dhcp(warren, web, networks, dhcp):
    child, _ = web("--network-bridge=br0", "-p", "8080:80", script=ASK_FOR_ADDRESS.replace("INTERFACE", "host0"))
    eventually(lambda: networks.lan.fetch(HOST4, 8080, patience=0.5) == LAN4)
    assert networks.host.fetch(HOST4, 8080) == HOST4
    child.terminate()
    child.wait(timeout=10)


def test_a_declared_container_with_dhcp(warren, tree, networks, dhcp):
    script = ASK_FOR_ADDRESS.replace("INTERFACE", "eth0") + SERVE
    (tree / "start").write_text(script)
    declare(warren, "web", tree, "/bin/sh", "/start", hostBridge="br0",
            forwardPorts=[{"hostPort": 8080, "containerPort": 80}])
    succeed(warren, "start", "web")
    eventually(lambda: networks.lan.fetch(HOST4, 8080, patience=0.5) == LAN4)
    hosts = warren.root / "etc/hosts"
    assert "10.5.0.5" in hosts.read_text() and "web.containers" in hosts.read_text()
    (listed,) = json.loads(succeed(warren, "list", "--json").stdout)
    assert listed["addresses"][0] in hosts.read_text()
    # While it runs the port is changed, and somebody flushes the rules.
    leader = warren.leader("web")
    succeed(warren, "set", "web", "forwardPorts=[{ hostPort = 9090, containerPort = 80 }]")
    assert warren.leader("web") == leader, "it was restarted"
    assert networks.lan.fetch(HOST4, 9090) == LAN4 and networks.lan.fetch(HOST4, 8080, patience=0.3) is None
    networks.host.output("nft", "flush", "ruleset")
    eventually(lambda: networks.lan.fetch(HOST4, 9090, patience=0.5) == LAN4)
    succeed(warren, "terminate", "web")
    assert networks.host.nft() == "" and "web.containers" not in hosts.read_text()


def test_an_address_again_in_the_next_life(warren, tree, networks, dhcp):
    """What it had before means nothing then."""
    declare(warren, "web", tree, "/bin/sh", "-c", SERVE, restart="always", hostBridge="br0",
            forwardPorts=[{"hostPort": 8080, "containerPort": 80}])
    succeed(warren, "start", "web")

    def give(leader):
        inside(leader, "ip", "addr", "add", f"{INSIDE4}/24", "dev", "eth0")
        eventually(lambda: networks.host.fetch(HOST4, 8080, patience=0.5) is None and
                   INSIDE4 in networks.host.nft())
        inside(leader, "ip", "route", "add", "default", "via", END4)
        eventually(lambda: networks.host.fetch(HOST4, 8080, patience=0.5) == HOST4)
    leader = warren.leader("web")
    give(leader)
    os.kill(leader, signal.SIGKILL)
    eventually(lambda: state(warren, "web").get("state") == "running" and warren.leader("web") != leader)
    eventually(lambda: INSIDE4 not in networks.host.nft())
    give(warren.leader("web"))


def test_an_address_of_somebody_elses(warren, web, networks):
    """Whoever is root inside says what addresses it has. A port does not lead to other machines for
    that, nor to the host's own."""
    _, leader = web("-n", "-p", "8080:80")
    for address in (LAN4, HOST4, "127.0.0.5", FAR4, "8.8.8.8"):
        inside(leader, "ip", "addr", "add", f"{address}/32", "dev", "host0")
    inside(leader, "ip", "-6", "addr", "add", f"{LAN6}/128", "dev", "host0")
    networks.host.ip("addr", "add", f"{END4}/24", "dev", "ve-web")
    inside(leader, "ip", "addr", "add", f"{INSIDE4}/24", "dev", "host0")
    eventually(lambda: networks.host.fetch("127.0.0.1", 8080, patience=0.5) == END4)
    rules = networks.host.nft()
    assert not any(f": {address} ." in rules for address in (LAN4, HOST4, "127.0.0.5", FAR4, "8.8.8.8", LAN6))


def test_no_end_of_addresses(warren, web, networks):
    """A container that changes its addresses without end costs the host a few changes a second."""
    _, leader = web("-n", "-p", "8080:80")
    networks.host.ip("addr", "add", f"{END4}/24", "dev", "ve-web")
    networks.host.ip("addr", "add", f"10.5.1.1/24", "dev", "ve-web")
    monitor = networks.host.start("nft", "monitor", "elements")
    flap = "for i in $(seq 100); do for a in 10.5.0.2 10.5.1.2; do ip addr add $a/24 dev host0; " \
           "ip addr del $(if [ $a = 10.5.0.2 ]; then echo 10.5.1.2; else echo 10.5.0.2; fi)/24 dev host0; " \
           "done; done 2>/dev/null; true"
    subprocess.run(["nsenter", f"--net=/proc/{leader}/ns/net", "sh", "-c", flap], check=True)
    eventually(lambda: "10.5.1.2 ." in networks.host.nft())
    monitor.terminate()
    changes = monitor.stdout.read().decode().count("add element inet " + warren.cgroup_prefix + " any4")
    assert 1 <= changes < 20


def refused(warren, tree, *options):
    result = warren.spawn(tree, *options, "true")
    said = result.stderr.decode()
    assert result.returncode == 125 and said.count("\n") == 1, said
    assert not (warren.root / "run/warren/nifty").exists()
    return said


@pytest.mark.parametrize("value", ["", "0", "65536", "x", "tcp", "tcp:", "sctp:80", "80:", ":80", "80:0", "80:x",
                                   "1:2:3", "tcp:1:2:3", "80-90", " 80", "+80", "-1", "TCP:80", "127.0.0.1:80:80"])
def test_malformed(warren, busybox, value):
    assert "--port" in refused(warren, busybox, "-n", f"--port={value}")


def test_without_a_network_of_its_own(warren, busybox):
    for options in ([], ["--private-network"], ["--network-macvlan=eth0"],
                    ["--network-namespace-path=/proc/self/ns/net"]):
        assert "--port: it leads to a pair of interfaces" in refused(warren, busybox, "-p", "80", *options)
    assert "--port" in refused(warren, busybox, "-n", "-p", "80", "-p", "tcp:80:81")
    result = warren.spawn(busybox, "-n", "-p", "80", "-p", "udp:80", "true")
    assert (result.returncode, result.stderr) == (0, b"")


def test_ports_in_use(warren, busybox, web, networks):
    networks.host.start("busybox", "httpd", "-f", "-p", "127.0.0.1:8080", "-h", "/proc")
    eventually(lambda: "8080" in networks.host.output("ss", "-Hltn"))
    said = refused(warren, busybox, "-n", "-p", "8080:80")
    assert said == ("warren: start nifty: --port: tcp port 8080: a program on the host has it "
                    "(stop that, or choose another port)\n")
    _, leader = web("-n", "-p", "9090:80")
    give_addresses(networks, leader)
    eventually(lambda: networks.host.fetch("127.0.0.1", 9090, patience=0.5))
    assert "--port: tcp . 9090: the container web has it" in refused(warren, busybox, "-n", "-p", "9090")


@pytest.mark.parametrize("verb", ["cleanup", "again", "list", "status", "stop another", "start another"])
def test_what_a_killed_one_leaves(warren, busybox, web, networks, verb):
    """Goes with whatever verb is next that repairs."""
    declare(warren, "other", busybox, "/bin/sh", "-c", HOLD)
    if verb == "stop another":
        succeed(warren, "start", "other")
    child, leader = web("-n", "-p", "8080:80")
    give_addresses(networks, leader)
    eventually(lambda: networks.host.fetch("127.0.0.1", 8080, patience=0.5))
    child.kill()
    child.wait()
    eventually(lambda: is_gone(leader))
    assert "8080" in networks.host.nft()
    words = {"cleanup": ["spawn", "--cleanup", "-D", busybox, "-M", "web"],
             "again": ["spawn", "-D", busybox, "-M", "web", "true"],
             "stop another": ["terminate", "other"], "start another": ["start", "other"],
             "status": ["status", "other"]}
    succeed(warren, *words.get(verb, [verb]))
    if verb == "start another":  # which does not wait for it
        eventually(lambda: networks.host.nft() == "")
    assert networks.host.nft() == ""
    succeed(warren, "spawn", "--cleanup", "-D", busybox, "-M", "web")


def test_settings_file(warren, tree, networks):
    (tree.parent / "web.nspawn").write_text("[Network]\nVirtualEthernet=yes\nPort=8080:80 udp:53\n")
    child = warren.start("spawn", "-D", tree, "-x", "-M", "web", "--settings=trusted", "/bin/sh", "-c", SERVE)
    give_addresses(networks, warren.leader("web"))
    eventually(lambda: networks.lan.fetch(HOST4, 8080, patience=0.5) == LAN4)
    assert "udp . 53" in networks.host.nft()
    child.terminate()
    child.wait()


def test_flags_of_a_declared_container(warren, busybox):
    result = warren.run("create", "web", "--config", "-", input=json.dumps({"containers": {"web": {
        "image": f"directory:{busybox}", "privateNetwork": True, "extraFlags": ["-n", "--port=80"]}}}).encode())
    assert result.returncode == 125 and b"use forwardPorts" in result.stderr
