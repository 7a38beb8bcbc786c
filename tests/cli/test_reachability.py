"""Who reaches whom by which link: the table of docs/NETWORK.md, of both families, by TCP and UDP,
before a container starts, while it runs, and when it has stopped."""
import concurrent.futures
import contextlib
import itertools
import pathlib
import signal

import pytest

from declared import declare, succeed
from harness import eventually, kill
from networks import (FAR4, FAR6, HOST4, HOST6, LAN4, LAN6, InContainer, Namespace, add_server,  # noqa: F401
                      networks, warren)

SOURCE = pathlib.Path(__file__).parents[2]
INSIDE = ("192.0.2.50", "2001:db8:1::50"), ("192.0.2.51", "2001:db8:1::51")  # of the LAN
ALONE = ("10.231.136.2", "fc00::2"), ("10.231.137.2", "fc00:1::2")
ENDS = ("10.231.136.1", "fc00::1"), ("10.231.137.1", "fc00:1::1")
CARD = "10.6.0.2", "fc00:6::2"
SERVERS = ["/bin/sh", "-c", "httpd -p 80 -h /srv; exec payload answer-datagrams 80"]
NAMES = "box", "other"


def table():
    """{link: {column: whether}} as the document has it."""
    text = (SOURCE / "docs/NETWORK.md").read_text().split("### Who reaches whom\n")[1]
    section = itertools.takewhile(lambda line: not line.startswith("#"), text.splitlines())
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section if line.startswith("|")]
    head, _, *rows = rows
    return {row[0]: dict(zip(head[1:], row[1:])) for row in rows}


def alone(number):
    """Addresses of a pair, as they are declared."""
    return {"hostAddress": ENDS[number][0], "localAddress": ALONE[number][0],
            "hostAddress6": ENDS[number][1], "localAddress6": ALONE[number][1]}


def in_lan(number):
    return {"localAddress": f"{INSIDE[number][0]}/24", "localAddress6": f"{INSIDE[number][1]}/64"}


class Scene:
    """A host with a container, and one like it, on a link; how they come and go."""

    def __init__(self, warren, busybox, networks, stack):
        self.warren, self.tree, self.networks, self.stack = warren, busybox, networks, stack
        self.children = []
        add_server(busybox)

    def declared(self, *settings):
        self.names = NAMES[:len(settings)]
        for name, each in zip(self.names, settings):
            declare(self.warren, name, self.tree, *SERVERS, **each)
        self.start = lambda: [succeed(self.warren, "start", name) for name in self.names]
        self.stop = lambda: [succeed(self.warren, "stop", name) for name in self.names]

    def spawned(self, *options):
        self.names = NAMES

        def start():
            self.children = [self.warren.start("spawn", "-D", self.tree, "-x", "-M", name, *options, *SERVERS)
                             for name in self.names]
        self.start = start
        self.stop = lambda: [kill(child, signal.SIGTERM) for child in self.children]

    def configure(self, interface, *addresses):
        """What a program inside would do: there are none on such links by themselves."""
        start = self.start

        def also():
            start()
            for name, both in zip(self.names, addresses):
                inside = InContainer(self.warren.leader(name))
                inside.sysctl("ipv6/conf/all/accept_dad", 0)
                inside.sysctl(f"ipv6/conf/{interface}/accept_dad", 0)
                for address, length in zip(both, (24, 64)):
                    inside.ip("addr", "add", f"{address}/{length}", "dev", interface)
                inside.ip("link", "set", interface, "up")
        self.start = also

    def bridge(self):
        """The host's card becomes a port of a bridge, which has its addresses."""
        host = self.networks.host
        host.ip("link", "add", "br0", "type", "bridge")
        host.ip("addr", "flush", "dev", "eth0")
        host.ip("link", "set", "eth0", "master", "br0", "up")
        host.address("br0", f"{HOST4}/24", f"{HOST6}/64")
        self.stack.callback(host.ip, "link", "del", "br0")

    def card(self):
        """Another card of the host's, with a neighbour of its own who takes the place of the LAN."""
        host, lan = self.networks.host, self.networks.lan
        host.ip("link", "add", "card", "type", "veth", "peer", "name", "far", "netns", lan.name)
        lan.address("far", "10.6.0.1/24", "fc00:6::1/64")
        self.stack.callback(lan.ip, "link", "del", "far")
        return "10.6.0.1", "fc00:6::1"


def namespace_of_the_hosts(scene):
    vpn = Namespace("vpn")
    vpn.sysctl("ipv4/ip_unprivileged_port_start", 0)  # whoever is root inside is nobody there
    scene.stack.callback(vpn.end)
    scene.networks.host.ip("link", "add", "vpn0", "type", "veth", "peer", "name", "eth0", "netns", vpn.name)
    scene.stack.callback(scene.networks.host.ip, "link", "del", "vpn0")
    scene.networks.host.address("vpn0", f"{ENDS[0][0]}/24", f"{ENDS[0][1]}/64")
    vpn.address("eth0", f"{ALONE[0][0]}/24", f"{ALONE[0][1]}/64")
    scene.declared({"networkNamespace": vpn.path, "privateNetwork": False})
    return {"its": ALONE[:1], "host": ENDS[0]}


def pair(scene, **more):
    scene.declared({**alone(0), **more}, {**alone(1), **more})
    return {"its": ALONE, "host": ENDS[0]}


def extra_pair(scene):
    scene.declared({"extraVeths": {"lan": alone(0)}}, {"extraVeths": {"lan": alone(1)}})
    return {"its": ALONE, "host": ENDS[0]}


def bridge(scene):
    scene.bridge()
    scene.declared(*({"hostBridge": "br0", **in_lan(number)} for number in range(2)))
    return {}


def bridge_without_address(scene):
    scene.bridge()
    scene.declared({"hostBridge": "br0"}, {"hostBridge": "br0"})
    return {}


def zone(scene):
    scene.spawned("--network-zone=z")
    scene.configure("host0", *INSIDE)
    return {}


def macvlan(scene):
    scene.declared({"macvlans": ["eth0"]}, {"macvlans": ["eth0"]})
    scene.configure("mv-eth0", *INSIDE)
    return {}


def moved(scene):
    neighbour = scene.card()
    scene.declared({"interfaces": ["card"]})
    scene.configure("card", CARD)
    return {"its": (CARD,), "lan": neighbour}


LINKS = {
    "addresses": pair,
    "addresses, `internet`": lambda scene: pair(scene, internet=True),
    "`extraVeths` with addresses": extra_pair,
    "`hostBridge` with the LAN in it, addresses": bridge,
    "`hostBridge`, no address": bridge_without_address,
    "a zone": zone,
    "`macvlans`": macvlan,
    "`interfaces`": moved,
    "`networkNamespace`": namespace_of_the_hosts,
}
COLUMNS = ["the host → it", "it → the host", "LAN → it", "it → LAN", "it → far", "another → it"]


def test_the_table_has_every_link():
    assert list(table()) == list(LINKS) and all(list(row) == COLUMNS for row in table().values())


@pytest.fixture
def scene(warren, busybox, networks):
    for place in (networks.host, networks.lan, networks.far):
        place.serve()
    with contextlib.ExitStack() as stack:
        yield Scene(warren, busybox, networks, stack)
        for child in warren.children:
            kill(child, signal.SIGTERM)
        warren.run("terminate", "--all")


def reached(scene, where, expected=None):
    """{column: the answers, of both families and protocols}, all asked at once. What is to come is
    waited for longer than what is not."""
    def patience(column):
        return 5 if expected and any(expected.get(column, [])) else 0.4
    networks = scene.networks
    inside = [InContainer(scene.warren.leader(name)) if scene.running else None for name in scene.names] + [None]
    its = where.get("its", INSIDE)[0]
    ways = {"the host → it": (networks.host, its), "it → the host": (inside[0], where.get("host", (HOST4, HOST6))),
            "LAN → it": (networks.lan, its), "it → LAN": (inside[0], where.get("lan", (LAN4, LAN6))),
            "it → far": (inside[0], (FAR4, FAR6)), "another → it": (inside[1], its)}
    with concurrent.futures.ThreadPoolExecutor(24) as pool:
        answers = {column: [pool.submit(place.fetch, address, 80, protocol, patience(column))
                            for address in addresses for protocol in ("tcp", "udp")]
                   for column, (place, addresses) in ways.items() if place}
        return {column: [one.result() is not None for one in each] for column, each in answers.items()}


@pytest.mark.parametrize("link", LINKS)
def test_who_reaches_whom(scene, link):
    where = LINKS[link](scene)
    nobody = {column: [False] * 4 for column in ("the host → it", "LAN → it")}
    scene.running = False
    assert reached(scene, where) == nobody
    scene.running = True
    scene.start()
    for name in scene.names:
        eventually(lambda: InContainer(scene.warren.leader(name)).fetch("127.0.0.1", 80, "udp", 0.3))
    expected = {column: [cell == "yes"] * 4 for column, cell in table()[link].items() if cell != "–"}
    assert reached(scene, where, expected) == expected
    scene.stop()
    scene.running = False
    assert reached(scene, where) == nobody
