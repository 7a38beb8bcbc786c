"""Containers with interfaces: what a start costs with addresses, routes and a port of the host, and
how fast packets are on the way to them."""
import pathlib
import re
import shutil
import subprocess
import sys

import packets
from declared import Fleet, declaration
from place import CGROUPS
from running import Running
from timing import time_side_by_side
from tools import WARREN, floor, nspawn, warren

HOST4, INSIDE4, HOST6, INSIDE6 = "10.231.250.1", "10.231.250.2", "fc00:250::1", "fc00:250::2"
PORT = {"hostPort": 8088, "containerPort": 80}
LINKED = {"hostAddress": HOST4, "localAddress": INSIDE4, "hostAddress6": HOST6, "localAddress6": INSIDE6,
          "forwardPorts": [PORT]}
COUNTS = (1, 100, 1000)
SETTLE = "sleep 0.1"  # the kernel ends networks behind one's back, and makes no new ones meanwhile


def output(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def seen(table, leader):
    """Interfaces, addresses and routes inside, what leads to them outside, and the rules."""
    look = "ip -br addr; ip route; ip -6 route"
    lines = output("nsenter", f"--net=/proc/{leader}/ns/net", "sh", "-c", look)
    lines += output("ip", "-br", "addr") + output("ip", "route") + output("ip", "-6", "route", "show", "table", "all")
    lines += output("nft", "list", "table", "inet", table)
    for pattern, instead in ((table, "TABLE"), (r'comment "[\w-]+"', "comment"), (r"fe80::\S+|ff00::\S+", "LOCAL"),
                             (r"(ve-[\w-]+|host0|eth0)(@\w+)?", "LINK"), (r"metric \d+", "metric"), (r" +", " ")):
        lines = re.sub(pattern, instead, lines)
    return sorted(lines.splitlines())


def check_shape(fleet, words, end):
    """Ends the benchmark when the floor makes another network than warren."""
    def leader_in(cgroup):
        return next(pid for file in cgroup.rglob("cgroup.procs") for pid in file.read_text().split()
                    if re.search(r"NSpid:.*\t1$", pathlib.Path(f"/proc/{pid}/status").read_text(), re.MULTILINE))
    fleet.run("start", "linked")
    table = re.search(r"table inet (warren\S*)", output("nft", "list", "tables")).group(1)
    ours = seen(table, (fleet.root / "run/warren/linked/leader").read_text().strip())
    fleet.run("terminate", "linked")
    subprocess.run(words, check=True, stdin=subprocess.DEVNULL, preexec_fn=fleet.place.enter_cgroup)
    floors = seen("floor", leader_in(CGROUPS / words[words.index("-r") + 1]))
    subprocess.run(["sh", "-c", "\n".join(end)], check=True)
    if ours != floors:
        sys.exit("bench: the floor's network is another one:\n" + "\n".join(
            [f"warren: {line}" for line in ours if line not in floors] +
            [f"floor: {line}" for line in floors if line not in ours]))


def measure_start(place, fleet, scale):
    """{tool: summary} from start to ready: two addresses, routes, a port."""
    fleet.declare({"linked": declaration(**LINKED)})
    fleet.run("apply", "--prune")
    fleet.run("start", "linked")
    fleet.run("terminate", "linked")
    tree = fleet.tree_of("linked")
    words, ends = fleet.floor(tree)
    words.insert(1, "-a")
    ends += ["nft delete table inet floor", SETTLE]
    check_shape(fleet, words, ends)
    cases = {
        "warren": (fleet.script("terminate-linked", " ".join(fleet.warren("terminate", "linked")), SETTLE),
                   fleet.warren("start", "linked")),
        "floor": (fleet.script("end-linked", *ends), words),
    }
    if shutil.which("systemd-nspawn"):
        boots = [*nspawn(place, "boot"), "-n", "--kill-signal=SIGKILL"]
        boots = [word if word != str(place.boots) else str(place.stays) for word in boots if word != "--private-network"]
        cases["systemd-nspawn"] = (f"ready,{fleet.script('settle', SETTLE)}", boots)
    return time_side_by_side(place, cases, round(60 * scale), round(30 * scale))


def measure_growth(place, scale):
    """{other containers with a pair that run: {tool: summary}}"""
    found = {}
    script = place.directory / "settle"
    script.write_text(f"#!/bin/sh\n{SETTLE}\n")
    script.chmod(0o755)
    cases = {name: (f"after={script}", command(place, "veth")) for name, command in (("floor", floor), ("warren", warren))}
    command = [WARREN, "--root", place.path("warren"), "spawn", "-q", "-D", str(place.tree), "-n", "/bin/sleep", "100000"]
    for count in COUNTS:
        with Running(place, [command] * count, 2):
            found[count] = time_side_by_side(place, cases, round(40 * scale), round(10 * scale))
    return found


def measure_way(fleet):
    """See packets.py; None without iperf3."""
    if shutil.which("iperf3") is None:
        print("iperf3: not installed, throughput and latency left out")
        return None
    ports = [{"hostPort": port} for port in (packets.PORT, packets.PING_PORT)]
    fleet.declare({"served": declaration(**{**LINKED, "forwardPorts": ports})})
    fleet.run("apply", "--prune")
    fleet.run("start", "served")
    leader = (fleet.root / "run/warren/served/leader").read_text().strip()
    return packets.measure_packets(f"/proc/{leader}/ns/net", INSIDE4)


def measure_networks(place, scale):
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with Fleet(place) as fleet:
        found = {"start": measure_start(place, fleet, scale), "way": measure_way(fleet)}
    found["growth"] = measure_growth(place, scale)
    return found
