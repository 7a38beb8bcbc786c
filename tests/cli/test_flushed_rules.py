"""Rules of warren's that somebody else takes away while containers run: `nft flush ruleset`, as a
firewall does that starts."""
import fcntl
import os
import pathlib
import re
import subprocess
import time

import pytest

from declared import declare, state, succeed
from harness import eventually
from networks import (HOST4, HOST6, LAN4, LAN6, SERVICES, add_server,  # noqa: F401
                      networks, warren)

LINK = {"hostAddress": "10.231.136.1", "localAddress": "10.231.136.2",
        "hostAddress6": "fc00::1", "localAddress6": "fc00::2"}
PORTS = [{"hostPort": 8080, "containerPort": 80}]


@pytest.fixture
def web(warren, busybox):
    services = add_server(busybox)

    def make(name="web", **settings):
        declare(warren, name, busybox, services=services, **{**LINK, "forwardPorts": PORTS, **settings})
        succeed(warren, "start", name)
    return make


def test_they_come_back_within_a_second(warren, web, networks):
    web(internet=True)
    eventually(lambda: networks.lan.fetch(HOST4, 8080) == LAN4)
    rules = networks.host.nft()
    for _ in range(5):
        networks.host.output("nft", "flush", "ruleset")
        eventually(lambda: networks.host.nft() == rules, seconds=1)
    assert networks.lan.fetch(HOST6, 8080) == LAN6
    assert networks.host.fetch("127.0.0.1", 8080) == LINK["hostAddress"]
    assert networks.host.fetch("::1", 8080) == LINK["hostAddress6"]
    succeed(warren, "stop", "web")
    assert networks.host.nft() == ""


def test_a_new_ruleset_in_one_transaction(warren, web, networks):
    """Hundreds of messages come with it; that of our table is somewhere among them."""
    web()
    before = networks.host.nft()
    others = "table inet filter {\n chain forward { type filter hook forward priority 0;\n" + "".join(
        f"  ip daddr 10.9.{i // 250}.{i % 250} counter drop\n" for i in range(700)) + " }\n}\n"
    for _ in range(3):
        networks.host.nft("flush ruleset\n" + others)
        eventually(lambda: networks.host.output("nft", "list", "table", "inet", warren.cgroup_prefix)
                   == before if warren.cgroup_prefix in networks.host.nft() else False, seconds=1)
    assert networks.host.nft().count("10.9.") == 700
    assert networks.host.fetch("127.0.0.1", 8080) == LINK["hostAddress"]


def test_of_many_containers(warren, busybox, networks):
    """Each monitor puts back what is its container's, and nobody else's is lost."""
    names = [f"c{i}" for i in range(8)]
    for i, name in enumerate(names):
        declare(warren, name, busybox, "sleep", "1000", hostAddress=f"10.231.{i}.1",
                localAddress=f"10.231.{i}.2", forwardPorts=[{"hostPort": 8000 + i}])
        succeed(warren, "start", name)
    def ports():
        return set(re.findall(r"tcp \. (80\d\d) comment", networks.host.nft()))
    before = ports()
    assert len(before) == 8
    networks.host.output("nft", "flush", "ruleset")
    eventually(lambda: ports() == before, seconds=1)
    # One that goes takes its own, and the table goes with the last.
    succeed(warren, "terminate", "c3")
    assert ports() == before - {"8003"}
    succeed(warren, "terminate", "--all")
    assert networks.host.nft() == ""


def test_the_hosts_loopback_is_out_of_reach_meanwhile(warren, web, networks, tmp_path):
    """While the rules are gone nothing guards 127.0.0.1, so the way there is shut."""
    (tmp_path / "secret/cgi-bin").mkdir(parents=True)
    (tmp_path / "secret/cgi-bin/who").write_text("#!/bin/sh\nprintf '\\r\\n\\r\\nsecret\\n'\n")
    (tmp_path / "secret/cgi-bin/who").chmod(0o755)
    networks.host.start("busybox", "httpd", "-f", "-p", "127.0.0.1:631", "-h", str(tmp_path / "secret"))
    eventually(lambda: networks.host.fetch("127.0.0.1", 631))
    web()
    attack = "echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet; ip addr flush dev lo; " \
             "ip route add 127.0.0.0/8 via 10.231.136.1; curl -sS -m 1 http://127.0.0.1:631/cgi-bin/who"

    def attacked():
        return subprocess.run(["nsenter", f"--net=/proc/{warren.leader('web')}/ns/net", "sh", "-c", attack],
                              capture_output=True, text=True)
    # Whoever changes the rules has this lock: so it takes the monitor long to put them back.
    lock = os.open(warren.root / "run/warren/.network/filter", os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    networks.host.output("nft", "flush", "ruleset")
    eventually(lambda: networks.host.sysctl("ipv4/conf/ve-web/route_localnet") == "0", seconds=1)
    assert "timed out" in attacked().stderr
    # The attack is one: with the way open it gets there.
    networks.host.sysctl("ipv4/conf/ve-web/route_localnet", 1)
    assert attacked().stdout.strip() == "secret"
    networks.host.sysctl("ipv4/conf/ve-web/route_localnet", 0)
    os.close(lock)
    eventually(lambda: networks.host.sysctl("ipv4/conf/ve-web/route_localnet") == "1", seconds=2)
    assert "timed out" in attacked().stderr
    assert networks.host.fetch("127.0.0.1", 8080) == LINK["hostAddress"]


def wake_ups(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status, re.M)[1])


def test_nobody_wakes_up_for_other_rules(warren, web, networks):
    web()
    networks.host.nft("table inet filter {\n set s { type ipv4_addr; }\n"
                      " chain c { type filter hook forward priority 0;\n }\n}\n")
    monitor = int(state(warren, "web")["monitor"])
    eventually(lambda: networks.host.fetch("127.0.0.1", 8080))
    time.sleep(1)  # what it does when it has nothing to do for a while
    before = wake_ups(monitor)
    for i in range(20):
        networks.host.nft(f"add element inet filter s {{ 10.0.0.{i} }}\n"
                          f"add rule inet filter c ip daddr 10.0.1.{i} drop")
    networks.host.nft("flush chain inet filter c\nflush set inet filter s")
    assert wake_ups(monitor) == before
