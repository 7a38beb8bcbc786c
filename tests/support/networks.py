"""Networks that a test makes: a host that runs warren, a client in its LAN, and a server behind a
router. All are network namespaces; nothing of the machine's own network is touched."""
import json
import os
import subprocess
import time
import uuid

import pytest

from harness import Warren, eventually

HOST4, HOST6 = "192.0.2.1", "2001:db8:1::1"
LAN4, LAN6 = "192.0.2.2", "2001:db8:1::2"
ROUTER4, ROUTER6 = "192.0.2.254", "2001:db8:1::fe"
FAR4, FAR6 = "198.51.100.2", "2001:db8:2::2"


class Namespace:
    """A network namespace with a name of its own; `run` runs a command in it."""

    def __init__(self, role):
        self.name = f"warren-test-{role}-{os.getpid()}-{uuid.uuid4().hex[:6]}"
        self.path = f"/run/netns/{self.name}"
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        self.ip("link", "set", "lo", "up")
        self.sysctl("ipv6/conf/default/accept_dad", 0)  # addresses are there at once
        self.servers = []

    def inside(self, *command):
        """The command line that runs `command` in it, with the machine's file systems."""
        return ["nsenter", f"--net={self.path}", "--", *map(str, command)]

    def run(self, *command, **options):
        options.setdefault("capture_output", True)
        options.setdefault("text", True)
        options.setdefault("timeout", 60)
        return subprocess.run(self.inside(*command), **options)

    def output(self, *command, **options):
        result = self.run(*command, **options)
        assert result.returncode == 0, result.stderr
        return result.stdout

    def ip(self, *words):
        return self.output("ip", *words)

    def sysctl(self, key, value=None):
        if value is not None:
            self.output("sh", "-c", f"echo {value} > /proc/sys/net/{key}")
        return self.output("cat", f"/proc/sys/net/{key}").strip()

    def nft(self, rules=None):
        """Carries out `rules`; or all rules that there are."""
        return self.output("nft", "list", "ruleset") if rules is None \
            else self.output("nft", "-f", "-", input=rules)

    def start(self, *command):
        child = subprocess.Popen(self.inside(*command), stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.servers.append(child)
        return child

    def link(self, name, other, other_name, *addresses):
        """A cable to another namespace."""
        self.ip("link", "add", name, "type", "veth", "peer", other_name, "netns", other.name)
        self.address(name, *addresses)

    def address(self, name, *addresses):
        for address in addresses:
            self.ip("addr", "add", address, "dev", name)
        self.ip("link", "set", name, "up")

    def serve(self):
        """Says on port 80 who asks, by TCP and UDP."""
        server = self.start("/usr/bin/python3", "-c", SERVER)
        assert server.stdout.readline() == b"ready\n"

    def fetch(self, address, port, protocol="tcp", patience=2):
        """What a server at an address says, or None: by curl, or one datagram and its answer."""
        host = f"[{address}]" if ":" in address else address
        command = ("curl", "-gsS", "-m", patience, f"http://{host}:{port}/cgi-bin/who") \
            if protocol == "tcp" else ("/usr/bin/python3", "-c", ASK, address, port, patience)
        result = self.run(*command)
        # Some write an address of IPv4 as one of IPv6.
        return result.stdout.strip().strip("[]").removeprefix("::ffff:") \
            if result.returncode == 0 else None

    def end(self):
        for child in self.servers:
            child.kill()
            child.wait()
            child.stdout.close()
        subprocess.run(["ip", "netns", "del", self.name], check=True)


class InContainer(Namespace):
    """The network of the container whose process 1 is `leader`, with the machine's programs."""

    def __init__(self, leader):
        self.path = f"/proc/{leader}/ns/net"
        self.servers = []


SERVER = """
import selectors, socket
chosen = selectors.DefaultSelector()
for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
    one = socket.socket(socket.AF_INET6, kind)
    one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    one.bind(("::", 80))
    if kind == socket.SOCK_STREAM:
        one.listen()
    chosen.register(one, selectors.EVENT_READ, kind)
print("ready", flush=True)
while True:
    for key, _ in chosen.select():
        if key.data == socket.SOCK_DGRAM:
            _, who = key.fileobj.recvfrom(100)
            key.fileobj.sendto(who[0].encode(), who)
        else:
            client, who = key.fileobj.accept()
            with client:
                client.recv(4096)
                client.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\n" + who[0].encode())
"""


ASK = """
import socket, sys
address, port, patience = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
family = socket.AF_INET6 if ":" in address else socket.AF_INET
with socket.socket(family, socket.SOCK_DGRAM) as client:
    client.settimeout(patience)
    client.connect((address, port))
    try:
        client.send(b"who")
        print(client.recv(100).decode())
    except OSError:
        sys.exit(1)
"""


class Networks:
    """`host` with eth0 in the LAN, `lan`, and `far` behind `router`, which routes to nobody's
    private addresses."""

    def __init__(self):
        self.host, self.lan, self.router, self.far = (
            Namespace(role) for role in ("host", "lan", "router", "far"))
        self.all = [self.host, self.lan, self.router, self.far]
        # The LAN's switch is in the router.
        self.router.ip("link", "add", "switch", "type", "bridge")
        self.router.address("switch", f"{ROUTER4}/24", f"{ROUTER6}/64")
        for one, addresses in ((self.host, (f"{HOST4}/24", f"{HOST6}/64")),
                               (self.lan, (f"{LAN4}/24", f"{LAN6}/64"))):
            port = f"port{self.all.index(one)}"
            one.link("eth0", self.router, port, *addresses)
            self.router.ip("link", "set", port, "master", "switch", "up")
            one.ip("route", "add", "default", "via", ROUTER4)
            one.ip("-6", "route", "add", "default", "via", ROUTER6)
        self.far.link("eth0", self.router, "far0", f"{FAR4}/24", f"{FAR6}/64")
        self.router.address("far0", "198.51.100.1/24", "2001:db8:2::1/64")
        self.far.ip("route", "add", "default", "via", "198.51.100.1")
        self.far.ip("-6", "route", "add", "default", "via", "2001:db8:2::1")
        self.router.sysctl("ipv4/ip_forward", 1)
        self.router.sysctl("ipv6/conf/all/forwarding", 1)

    def end(self):
        for one in self.all:
            one.end()


class NetworkedWarren(Warren):
    """warren on the host of these networks."""

    def __init__(self, root, networks):
        super().__init__(root)
        self.networks = networks

    def command(self, *arguments):
        return self.networks.host.inside(*super().command(*arguments))

    def leaks(self):
        found = super().leaks()
        host = self.networks.host
        found += [f"nft {line}" for line in host.nft().splitlines() if line.startswith("table inet warren")]
        links = json.loads(host.output("ip", "-j", "link"))
        found += [f"link {link['ifname']}" for link in links if link["ifname"] not in ("lo", "eth0")]
        hosts = self.root / "etc/hosts"
        if hosts.exists() and "warren" in hosts.read_text():
            found.append(f"names {hosts.read_text()}")
        return found


@pytest.fixture
def networks():
    made = Networks()
    yield made
    made.end()


def links(namespace):
    """The interfaces of a namespace by name, but for loopback."""
    return {link["ifname"]: link for link in json.loads(namespace.output("ip", "-d", "-j", "addr"))
            if link["ifname"] != "lo"}


@pytest.fixture
def card(networks):
    """An interface of the host's, up, with something at the other end."""
    networks.host.ip("link", "add", "card", "type", "veth", "peer", "name", "far", "netns",
                     networks.lan.name)
    networks.host.ip("link", "set", "card", "up")
    networks.lan.address("far", "10.6.0.1/24")

    def there():
        link = links(networks.host).get("card")
        return link and "UP" in link["flags"] and link["ifindex"]
    index = there()
    yield lambda: there() == index
    networks.lan.ip("link", "del", "far")
    eventually(lambda: "card" not in links(networks.host))


@pytest.fixture
def warren(tmp_path, networks):
    """In place of the one of harness.py: it is on the host of the networks."""
    root = tmp_path / "warren-root"
    root.mkdir()
    program = NetworkedWarren(root, networks)
    yield program
    program.run("terminate", "--all")
    program.end()
    deadline = time.monotonic() + 5
    while program.leaks() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not program.leaks()


# A web server that says who asks.
WHO = "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n%s\\n' \"$REMOTE_ADDR\"\n"


SERVICES = {"web": {"command": "/bin/httpd -f -p 80 -h /srv"},
            "datagrams": {"command": "/bin/payload answer-datagrams 80"}}


def add_server(tree):
    """Puts servers for TCP and UDP into a BusyBox tree; returns the services that run them."""
    directory = tree / "srv/cgi-bin"
    directory.mkdir(parents=True)
    (directory / "who").write_text(WHO)
    (directory / "who").chmod(0o755)
    return SERVICES
