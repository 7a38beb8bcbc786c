"""Ports of the host that lead into containers: who reaches what, before, during and after."""
import concurrent.futures
import json
import os
import signal
import subprocess

import pytest

from declared import declare, state, stop_all, succeed
from harness import eventually, is_gone
from networks import (FAR4, FAR6, HOST4, HOST6, LAN4, LAN6, ROUTER4, ROUTER6, SERVICES, InContainer,  # noqa: F401
                      add_server, networks, warren)

INSIDE4, INSIDE6, END4, END6 = "10.231.136.2", "fc00::2", "10.231.136.1", "fc00::1"
LINK = {"hostAddress": END4, "localAddress": INSIDE4, "hostAddress6": END6, "localAddress6": INSIDE6}


@pytest.fixture
def web(warren, busybox):
    """Declares a container with the servers; several may have the same tree."""
    services = add_server(busybox)

    def make(name="web", link=LINK, **settings):
        declare(warren, name, busybox, services=services, **link, **settings)
    return make


BOTH = [{"hostPort": 8080, "containerPort": 80},
        {"protocol": "udp", "hostPort": 8080, "containerPort": 80}]

OTHER = {"hostAddress": "10.231.136.3", "localAddress": "10.231.136.4",
         "hostAddress6": "fc00::3", "localAddress6": "fc00::4"}

# From where, to which address of the host's, and who is seen to ask.
REACHED = [
    ("host", "127.0.0.1", END4), ("host", "::1", END6),
    ("host", HOST4, HOST4), ("host", HOST6, HOST6),
    ("host", END4, END4), ("host", END6, END6),
    ("lan", HOST4, LAN4), ("lan", HOST6, LAN6),
    ("router", HOST4, ROUTER4), ("router", HOST6, ROUTER6),
    ("far", HOST4, FAR4), ("far", HOST6, FAR6),
    ("other", HOST4, "10.231.136.4"), ("other", HOST6, "fc00::4"),
    ("other", "10.231.136.3", "10.231.136.4"), ("other", "fc00::3", "fc00::4"),
]
# The container is answered by whom it has asked, so it sees the host ask.
ITSELF = [("web", HOST4, END4), ("web", HOST6, END6), ("web", END4, END4), ("web", END6, END6)]


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_who_reaches_what(warren, web, networks, protocol):
    """The other container has no port, and runs all the time."""
    def table(rows, patience):
        with concurrent.futures.ThreadPoolExecutor(len(rows)) as pool:
            places = [getattr(networks, place, None) or InContainer(warren.leader(place)) for place, _, _ in rows]
            return list(pool.map(lambda place, row: place.fetch(row[1], 8080, protocol, patience), places, rows))
    nobody = [None] * len(REACHED)
    web("other", link=OTHER)
    succeed(warren, "start", "other")
    web(forwardPorts=BOTH)
    assert table(REACHED, 0.4) == nobody
    succeed(warren, "start", "web")
    eventually(lambda: networks.host.fetch("127.0.0.1", 8080, protocol, 0.3))
    assert table(REACHED + ITSELF, 5) == [seen for _, _, seen in REACHED + ITSELF]
    succeed(warren, "stop", "web")
    assert table(REACHED, 0.4) == nobody


def inside(warren, name, address, port):
    """What container `name` gets from there."""
    result = warren.run("run", name, "--", "/bin/payload", "fetch", address, str(port))
    return result.stdout.decode().strip().strip("[]").removeprefix("::ffff:") or None


def test_addresses_interfaces_and_ranges(warren, web, networks):
    web(forwardPorts=[{"hostAddress": "127.0.0.1", "hostPort": 1000, "containerPort": 80},
                      {"hostAddress": "::1", "hostPort": 1001, "containerPort": 80},
                      {"hostAddress": HOST4, "hostPort": 1002, "containerPort": 80},
                      {"hostInterface": "eth0", "hostPort": 1003, "containerPort": 80},
                      {"hostAddress": "0.0.0.0", "hostPort": 1004, "containerPort": 80},
                      {"hostPort": "79-81", "containerPort": "79-81"}])
    succeed(warren, "start", "web")
    host, lan = networks.host, networks.lan
    eventually(lambda: host.fetch("127.0.0.1", 1000))
    reached = {(place.name, address, port)
               for place, addresses in ((host, ("127.0.0.1", "::1", HOST4, HOST6)), (lan, (HOST4, HOST6)))
               for address in addresses for port in (1000, 1001, 1002, 1003, 1004, 79, 80)
               if place.fetch(address, port, patience=0.5)}
    everywhere = {(host.name, "127.0.0.1"), (host.name, "::1"), (host.name, HOST4), (host.name, HOST6),
                  (lan.name, HOST4), (lan.name, HOST6)}
    assert reached == {
        (host.name, "127.0.0.1", 1000), (host.name, "::1", 1001),
        (host.name, HOST4, 1002), (lan.name, HOST4, 1002),
        (lan.name, HOST4, 1003), (lan.name, HOST6, 1003),
        (host.name, "127.0.0.1", 1004), (host.name, HOST4, 1004), (lan.name, HOST4, 1004),
        *((place, address, 80) for place, address in everywhere)}


def test_the_loopback_alone_needs_no_forwarding(warren, web, networks):
    web(forwardPorts=[{"hostAddress": "127.0.0.1", "hostPort": 8080, "containerPort": 80}])
    succeed(warren, "start", "web")
    eventually(lambda: networks.host.fetch("127.0.0.1", 8080))
    assert networks.host.sysctl("ipv4/ip_forward") == "0"
    assert networks.host.sysctl("ipv6/conf/all/forwarding") == "0"


def test_routers_are_listened_to_as_before(warren, web, networks):
    """A host that forwards forgets its default route when it has that from a router."""
    networks.host.sysctl("ipv6/conf/eth0/accept_ra", 1)
    web(forwardPorts=BOTH)
    succeed(warren, "start", "web")
    assert networks.host.sysctl("ipv6/conf/all/forwarding") == "1"
    assert networks.host.sysctl("ipv6/conf/eth0/accept_ra") == "2"


def sysctls(networks, *skipped):
    """Those of the host that turning forwarding on changes."""
    found = networks.host.output("sh", "-c", "cd /proc/sys/net; grep -H . ipv4/ip_forward ipv6/conf/all/forwarding "
                                 "ipv[46]/conf/[aedl]*/forwarding ipv4/conf/all/accept_redirects "
                                 "ipv6/conf/[aedl]*/accept_ra")
    return [line for line in found.splitlines() if not line.startswith(skipped or "-")]


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_forwarding_goes_with_the_last_that_needed_it(warren, web, networks, end):
    host = networks.host
    host.ip("link", "add", "else0", "type", "bridge")
    host.sysctl("ipv6/conf/eth0/accept_ra", 1)
    host.sysctl("ipv4/conf/all/accept_redirects", 0)  # turning forwarding off would turn it on
    host.sysctl("ipv4/conf/else0/forwarding", 1)      # … and this off
    host.sysctl("ipv6/conf/else0/forwarding", 1)
    before = sysctls(networks)
    web(forwardPorts=BOTH)
    web("other", link=OTHER, forwardPorts=[{"hostPort": 9000}])
    for name in ("web", "other"):
        succeed(warren, "start", name)
    assert host.sysctl("ipv4/ip_forward") == host.sysctl("ipv6/conf/all/forwarding") == "1"
    succeed(warren, "terminate", "web")
    assert host.sysctl("ipv4/ip_forward") == host.sysctl("ipv6/conf/all/forwarding") == "1"
    if end == "kill":
        monitor = int(state(warren, "other")["monitor"])
        os.kill(monitor, signal.SIGKILL)
        eventually(lambda: is_gone(monitor))
        eventually(lambda: succeed(warren, "list") and host.nft() == "")
    else:
        succeed(warren, "stop", "other")
    assert sysctls(networks) == before
    host.ip("link", "del", "else0")


@pytest.mark.parametrize("who", ["docker", "admin on", "admin off"])
def test_forwarding_that_somebody_else_needs_stays(warren, web, networks, who):
    host = networks.host
    if who == "admin on":
        host.sysctl("ipv4/ip_forward", 1)
    web(forwardPorts=BOTH)
    succeed(warren, "start", "web")
    assert host.sysctl("ipv4/ip_forward") == "1"
    if who == "docker":
        host.nft("table ip nat {\n chain mine { type nat hook postrouting priority 100;\n masquerade\n }\n}\n")
    elif who == "admin off":
        host.sysctl("ipv4/ip_forward", 0)
        host.sysctl("ipv4/conf/all/accept_redirects", 0)
    succeed(warren, "stop", "web")
    assert host.sysctl("ipv4/ip_forward") == ("0" if who == "admin off" else "1")
    assert host.sysctl("ipv6/conf/all/forwarding") == ("1" if who == "docker" else "0")
    if who == "admin off":
        assert host.sysctl("ipv4/conf/all/accept_redirects") == "0"


def test_what_listens_on_the_hosts_loopback_is_out_of_reach(warren, web, networks, tmp_path):
    """Packets from the loopback can go to the container, so those to it might come back."""
    (tmp_path / "secret/cgi-bin").mkdir(parents=True)
    (tmp_path / "secret/cgi-bin/who").write_text("#!/bin/sh\nprintf '\\r\\n\\r\\nsecret\\n'\n")
    (tmp_path / "secret/cgi-bin/who").chmod(0o755)
    networks.host.start("busybox", "httpd", "-f", "-p", "127.0.0.1:631", "-h", str(tmp_path / "secret"))
    eventually(lambda: networks.host.fetch("127.0.0.1", 631))
    web(forwardPorts=BOTH, additionalCapabilities=["CAP_NET_ADMIN"])
    succeed(warren, "start", "web")
    eventually(lambda: networks.host.fetch("127.0.0.1", 8080))
    assert networks.host.sysctl("ipv4/conf/ve-web/route_localnet") == "1"
    leader = warren.leader("web")
    # The container's root makes the address one of another machine's.
    attack = "echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet; ip addr flush dev lo; " \
             "ip route add 127.0.0.0/8 via 10.231.136.1; curl -sS -m 1 http://127.0.0.1:631/cgi-bin/who"

    def attacked():
        return subprocess.run(["nsenter", f"--net=/proc/{leader}/ns/net", "sh", "-c", attack],
                              capture_output=True, text=True)
    assert "timed out" in attacked().stderr
    # The attack is one: without the guard it gets there.
    networks.host.nft(f"flush chain inet {warren.cgroup_prefix} guard")
    assert attacked().stdout.strip() == "secret"


def refused(warren, name, *words):
    result = warren.run("start", name)
    said = result.stderr.decode()
    assert result.returncode == 125 and said.count("\n") == 1, said
    for word in words:
        assert word in said, said


def test_a_port_in_use_is_refused_before_anything_is_made(warren, web, networks):
    networks.host.start("busybox", "httpd", "-f", "-p", "127.0.0.1:8080", "-h", "/proc")
    eventually(lambda: "8080" in networks.host.output("ss", "-Hltn"))
    web(forwardPorts=BOTH)
    refused(warren, "web", "forwardPorts", "tcp port 8080", "a program on the host has it")
    assert not (warren.root / "run/warren/web").exists()
    assert networks.host.nft() == "" and networks.host.sysctl("ipv4/ip_forward") == "0"


def test_a_port_is_one_containers(warren, web, networks):
    web(forwardPorts=BOTH)
    web("other", link=OTHER, forwardPorts=BOTH[:1])
    succeed(warren, "start", "web")
    refused(warren, "other", "forwardPorts", "tcp . 8080", "the container web has it")
    assert networks.host.fetch("127.0.0.1", 8080) == END4


def test_what_a_killed_monitor_leaves_is_taken_back(warren, web, networks):
    web(forwardPorts=BOTH)
    web("other", link=OTHER, forwardPorts=BOTH[:1])
    web("third", link={"localAddress": "10.231.136.6", "hostAddress": "10.231.136.5"},
        forwardPorts=[{"hostPort": 9000}])
    succeed(warren, "start", "third")
    succeed(warren, "start", "web")
    monitor = int(state(warren, "web")["monitor"])
    os.kill(monitor, signal.SIGKILL)
    eventually(lambda: is_gone(monitor))
    assert "8080" in networks.host.nft()
    succeed(warren, "start", "other")  # somebody needs the port
    eventually(lambda: networks.host.fetch("127.0.0.1", 8080) == "10.231.136.3")
    assert '"web"' not in networks.host.nft()
    monitor = int(state(warren, "other")["monitor"])
    os.kill(monitor, signal.SIGKILL)
    eventually(lambda: is_gone(monitor))
    succeed(warren, "stop", "other")
    rules = networks.host.nft()
    assert '"other"' not in rules and '"third"' in rules


UFW = """
table inet filter {
    chain input { type filter hook input priority 0; policy drop;
        ct state established,related accept
        iifname "lo" accept
        meta l4proto ipv6-icmp accept
        tcp dport 22 accept
    }
    chain forward { type filter hook forward priority 0; policy POLICY; ct state established accept
    }
}
table ip nat {
    chain mine { type nat hook prerouting priority -100; tcp dport 2222 redirect to 22
    }
}
"""


@pytest.mark.parametrize("policy", ["accept", "drop"])
def test_rules_of_others_stay_and_have_the_last_word(warren, web, networks, policy):
    networks.host.nft(UFW.replace("POLICY", policy))
    before = networks.host.nft()
    web(forwardPorts=BOTH)
    succeed(warren, "start", "web")
    eventually(lambda: networks.host.fetch("127.0.0.1", 8080))
    assert networks.host.fetch("::1", 8080) == END6
    reached = networks.lan.fetch(HOST4, 8080, patience=1)
    assert reached == (LAN4 if policy == "accept" else None)
    (status,) = json.loads(succeed(warren, "status", "--json", "web").stdout)
    assert status["droppedBy"] == ([] if policy == "accept" else ["inet filter"])
    rules = networks.host.nft()
    assert rules.startswith(before) and rules != before
    succeed(warren, "stop", "web")
    assert networks.host.nft() == before


def test_rules_that_somebody_flushed(warren, web, networks):
    """`nft flush ruleset`, as a firewall does that starts, takes ours along."""
    web(forwardPorts=BOTH)
    succeed(warren, "start", "web")
    networks.host.output("nft", "flush", "ruleset")
    succeed(warren, "stop", "web")
    assert networks.host.nft() == ""


def test_two_at_once(warren, busybox, networks):
    """Neither loses what the other takes, and the table goes with the last."""
    names = ["one", "two"]
    for i, name in enumerate(names):
        declare(warren, name, busybox, "sleep", "1000", hostAddress=f"10.231.{i}.1",
                localAddress=f"10.231.{i}.2", forwardPorts=[{"hostPort": 8000 + i}])
    for _ in range(15):
        for verb in ("start", "terminate"):
            children = [warren.start(verb, name) for name in names]
            assert [child.wait(timeout=30) for child in children] == [0, 0]
            rules = networks.host.nft()
            for i in range(2):
                assert (f"tcp . {8000 + i} " in rules) == (verb == "start"), rules
        assert rules == ""


@pytest.mark.parametrize("declared", [True, False])
def test_internet(warren, web, networks, tmp_path, declared):
    (tmp_path / "far/cgi-bin").mkdir(parents=True)
    (tmp_path / "far/cgi-bin/who").write_text("#!/bin/sh\nprintf '\\r\\n\\r\\n%s\\n' $REMOTE_ADDR\n")
    (tmp_path / "far/cgi-bin/who").chmod(0o755)
    networks.far.start("busybox", "httpd", "-f", "-p", "80", "-h", str(tmp_path / "far"))
    web(internet=declared)
    succeed(warren, "start", "web")
    eventually(lambda: networks.lan.fetch(FAR4, 80))
    assert inside(warren, "web", FAR4, 80) == (HOST4 if declared else None)
    assert inside(warren, "web", FAR6, 80) == (HOST6 if declared else None)
    assert networks.host.sysctl("ipv4/ip_forward") == ("1" if declared else "0")


def test_ports_change_while_it_runs(warren, web, networks):
    """A connection that is open goes on, whatever becomes of the port it came by."""
    web(forwardPorts=[{"hostPort": 8080, "containerPort": 80}])
    succeed(warren, "start", "web")
    eventually(lambda: networks.lan.fetch(HOST4, 8080, patience=0.5))
    leader = warren.leader("web")
    client = networks.lan.start("/usr/bin/python3", "-c", f"""
import socket, sys, time
client = socket.create_connection(("{HOST4}", 8080))
print("connected", flush=True)
while "9090" not in open("{warren.root}/go").read():
    time.sleep(0.05)
client.sendall(b"GET /cgi-bin/who HTTP/1.0\\r\\n\\r\\n")
print(client.makefile().read().splitlines()[-1], flush=True)
""")
    (warren.root / "go").write_text("")
    assert client.stdout.readline() == b"connected\n"
    change = {"containers": {"web": {"image": f"directory:{warren.root.parent / 'nifty'}", "privateNetwork": True,
                                     "services": SERVICES, **LINK, "internet": True,
                                     "forwardPorts": [{"hostPort": 9090, "containerPort": 80}]}}}
    succeed(warren, "update", "web", "--config", "-", input=json.dumps(change).encode())
    assert warren.leader("web") == leader, "it was restarted"
    assert networks.lan.fetch(HOST4, 8080, patience=0.5) is None
    assert networks.lan.fetch(HOST4, 9090) == LAN4
    assert networks.host.fetch("127.0.0.1", 9090) == END4
    (warren.root / "go").write_text("9090")
    assert client.stdout.readline().decode().strip().strip("[]").removeprefix("::ffff:") == LAN4


def test_the_first_port_of_one_that_runs(warren, web, networks):
    web()
    succeed(warren, "start", "web")
    leader = warren.leader("web")
    assert networks.host.nft() == ""
    succeed(warren, "set", "web", 'forwardPorts=[{ hostPort = 8080, containerPort = 80 }]')
    assert warren.leader("web") == leader, "it was restarted"
    for address, seen in (("127.0.0.1", END4), ("::1", END6)):
        assert networks.host.fetch(address, 8080) == seen
    networks.host.start("busybox", "httpd", "-f", "-p", "127.0.0.1:9999", "-h", "/proc")
    eventually(lambda: "9999" in networks.host.output("ss", "-Hltn"))
    result = warren.run("set", "web", "forwardPorts=[{ hostPort = 9999 }]")
    assert result.returncode == 125 and b"forwardPorts" in result.stderr
    assert networks.host.fetch("127.0.0.1", 8080) == END4, "it is as before"


def test_an_interface_that_was_down(warren, web, networks):
    web(forwardPorts=BOTH)
    succeed(warren, "start", "web")
    eventually(lambda: networks.host.fetch("::1", 8080))
    networks.host.ip("link", "set", "ve-web", "down")
    assert networks.host.fetch("::1", 8080, patience=0.5) is None
    networks.host.ip("link", "set", "ve-web", "up")
    for address, seen in (("::1", END6), ("127.0.0.1", END4)):
        eventually(lambda: networks.host.fetch(address, 8080, patience=0.5) == seen)


def test_a_container_cannot_become_the_hosts_router(warren, web, networks):
    web(forwardPorts=BOTH)
    succeed(warren, "start", "web")
    assert networks.host.sysctl("ipv6/conf/ve-web/accept_ra") == "0"
