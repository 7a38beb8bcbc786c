"""How fast packets are on the way to a container, beside a pair of interfaces and a port that are
made by hand in a network of their own: straight to the container's address, and from a neighbour
by a port of the host's. The programs are the same ones, in the network and nowhere else."""
import contextlib
import json
import os
import subprocess
import time

ROUNDS = 8
AMOUNT = "500M"
PORT, PING_PORT = 5201, 5202
OUTSIDE, HOST = "192.0.2.2", "192.0.2.1"

BY_HAND = """
table ip bench {
    chain incoming { type nat hook prerouting priority -100;
        fib daddr type local tcp dport { 5201, 5202 } dnat to 10.231.251.2
    }
}
"""
ECHO = """
import socket
server = socket.create_server(("", %d))
while True:
    with server.accept()[0] as one:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while data := one.recv(64):
            one.sendall(data)
"""
PING = """
import socket, statistics, sys, time
with socket.create_connection((sys.argv[1], %d)) as one:
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    times = []
    for _ in range(4000):
        before = time.perf_counter_ns()
        one.sendall(b"x")
        one.recv(64)
        times.append(time.perf_counter_ns() - before)
print(statistics.median(times))
"""


def sh(network, script):
    subprocess.run(["nsenter", f"--net={network}", "sh", "-ec", script], check=True)


class Route:
    """A host with a neighbour, and what is behind an address of it."""

    def __init__(self, stack, name, host, inside, address):
        self.host, self.address = host, address
        self.neighbour = f"/run/netns/warren-bench-{os.getpid()}-{name}"
        subprocess.run(["ip", "netns", "add", os.path.basename(self.neighbour)], check=True)
        stack.callback(subprocess.run, ["ip", "netns", "del", os.path.basename(self.neighbour)], check=True)
        sh(host, f"ip link add lan type veth peer name eth0 netns {os.path.basename(self.neighbour)}; "
                 f"ip addr add {HOST}/24 dev lan; ip link set lan up; echo 1 > /proc/sys/net/ipv4/ip_forward")
        sh(self.neighbour, f"ip addr add {OUTSIDE}/24 dev eth0; ip link set eth0 up")
        for command in (["iperf3", "-s", "-p", str(PORT)], ["/usr/bin/python3", "-c", ECHO % PING_PORT]):
            server = subprocess.Popen(["nsenter", f"--net={inside}", *command], stdin=subprocess.DEVNULL,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            stack.callback(server.wait)
            stack.callback(server.kill)

    def ways(self):
        """{way: (where the client is, what it asks)}"""
        return {"the pair": (self.host, self.address), "a port": (self.neighbour, HOST)}


def by_hand(stack):
    """The same host, made by hand."""
    networks = []
    for name in ("host", "inside"):
        networks.append(f"warren-bench-{os.getpid()}-{name}")
        subprocess.run(["ip", "netns", "add", networks[-1]], check=True)
        stack.callback(subprocess.run, ["ip", "netns", "del", networks[-1]], check=True)
    host, inside = (f"/run/netns/{name}" for name in networks)
    sh(host, f"ip link set lo up; ip link add ve-bench type veth peer name eth0 netns {networks[1]}; "
             "ip addr add 10.231.251.1/32 dev ve-bench; ip link set ve-bench up; ip route add 10.231.251.2 dev ve-bench")
    sh(inside, "ip link set lo up; ip addr add 10.231.251.2/32 dev eth0; ip link set eth0 up; "
               "ip route add 10.231.251.1 dev eth0; ip route add default via 10.231.251.1")
    subprocess.run(["nsenter", f"--net={host}", "nft", "-f", "-"], input=BY_HAND.encode(), check=True)
    return Route(stack, "by-hand", host, inside, "10.231.251.2")


def client(network, *command):
    return subprocess.run(["nsenter", f"--net={network}", *map(str, command)], check=True, capture_output=True, text=True).stdout


def gigabits(network, address):
    said = json.loads(client(network, "iperf3", "-J", "-c", address, "-p", PORT, "-n", AMOUNT))
    return said["end"]["sum_received"]["bits_per_second"] / 1e9


def microseconds(network, address):
    return float(client(network, "/usr/bin/python3", "-c", PING % PING_PORT, address)) / 1e3


def wait_for(network, address):
    """Until both servers answer."""
    deadline = time.monotonic() + 10
    for port in (PORT, PING_PORT):
        probe = f"import socket; socket.create_connection(('{address}', {port}), 1)"
        while subprocess.run(["nsenter", f"--net={network}", "/usr/bin/python3", "-c", probe], capture_output=True).returncode != 0:
            if time.monotonic() > deadline:
                raise RuntimeError(f"nobody answers at {address}:{port}")
            time.sleep(0.05)


def measure_packets(inside, address):
    """{way: {what: {who: value}}} for a container with network `inside`, which has the ports of this
    network's host: by turns, the best of all rounds, which other things have disturbed least."""
    found = {}
    with contextlib.ExitStack() as stack:
        routes = {"by hand": by_hand(stack), "warren": Route(stack, "warren", "/proc/self/ns/net", inside, address)}
        for route in routes.values():
            for way in route.ways().values():
                wait_for(*way)
        for way in ("the pair", "a port"):
            for what, measure, best in (("Gbit/s", gigabits, max), ("µs", microseconds, min)):
                values = {name: [] for name in routes}
                for _ in range(ROUNDS):
                    for name, route in routes.items():
                        values[name].append(measure(*route.ways()[way]))
                found.setdefault(way, {})[what] = {name: best(all_of) for name, all_of in values.items()}
    return found
