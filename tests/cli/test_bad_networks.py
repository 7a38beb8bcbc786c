"""What is wrong with a declared network is refused, with its key, before anything is made."""
import json

import pytest

from declared import declare
from harness import eventually
from networks import networks, warren  # noqa: F401

LINK = {"hostAddress": "10.231.136.1", "localAddress": "10.231.136.2"}
BAD4 = ["", "10.1.2", "10.1.2.3.4", "10.1.2.256", "10.1.2.3/33", "10.1.2.3/", "10.1.2.3/-1", "10.1.2.3/a", "fc00::1",
        "10.1.2.3 ", "010.1.2.3", "0x0a.1.2.3", "localhost", "10.1.2.3\n", "automatic"]
BAD6 = ["", "10.1.2.3", "fc00::1::2", "fc00::g", "fc00::1/129", "fc00::1%eth0", "[fc00::1]", "1:2:3:4:5:6:7:8:9", "auto"]
BAD_NAME = ["", "a" * 16, "a/b", "a b", ".", "..", "a:b", "a\n", "a%d"]
BAD_PORT = [0, 65536, -1, "x", "", "80-", "-80", "90-80", "80-65536", "80:81", "80,81", " 80", "+80"]
CASES = (
    [("hostAddress", {"hostAddress": v}) for v in BAD4] + [("localAddress", {"localAddress": v}) for v in BAD4] +
    [("hostAddress6", {"hostAddress6": v}) for v in BAD6] + [("localAddress6", {"localAddress6": v}) for v in BAD6] +
    [("localMacAddress", {**LINK, "localMacAddress": v}) for v in (
        "", "02:00:00:00:00", "02:00:00:00:00:00:01", "02-00-00-00-00-01", "zz:00:00:00:00:01", "2:0:0:0:0:1",
        "00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01")] +
    [("hostBridge", {"hostBridge": v}) for v in BAD_NAME] +
    [("interfaces", {"interfaces": [v]}) for v in BAD_NAME] + [("macvlans", {"macvlans": [v]}) for v in BAD_NAME] +
    [("extraVeths", {"extraVeths": {v: LINK}}) for v in BAD_NAME] +
    [("networkNamespace", {"privateNetwork": False, "networkNamespace": v}) for v in ("", "relative", "/a/../b")] +
    [("addressPool", {"localAddress": "auto", "addressPool": v}) for v in ("", "10.0.0.0", "10.0.0.1/16", "10.0.0.0/31")] +
    [("forwardPorts", {**LINK, "forwardPorts": [{"hostPort": v}]}) for v in BAD_PORT] +
    [("forwardPorts", {**LINK, "forwardPorts": [{"hostPort": 80, "containerPort": v}]}) for v in [*BAD_PORT, "80-81"]] +
    [("forwardPorts", {**LINK, "forwardPorts": [{"hostPort": 80, **more}]}) for more in (
        {"protocol": "sctp"}, {"protocol": "TCP"}, {"hostAddress": "x"}, {"hostAddress": "10.1.2.3/24"},
        {"hostInterface": "a/b"}, {"hostInterface": 'a"b'}, {"hostAddress": "127.0.0.1", "hostInterface": "eth0"},
        {"port": 1})] +
    [("forwardPorts", {**LINK, "forwardPorts": [{}]}), ("forwardPorts", {**LINK, "forwardPorts": 80}),
     ("forwardPorts", {"hostAddress": "10.1.2.3", "forwardPorts": [{"hostPort": 80}]}),
     ("forwardPorts", {**LINK, "forwardPorts": [{"hostPort": 80}, {"hostPort": "79-81"}]}),
     # What excludes each other, and addresses that are one.
     ("hostBridge", {"hostBridge": "br0", "hostAddress": "10.1.2.3"}),
     ("hostBridge", {"hostBridge": "br0", "hostAddress6": "fc00::1"}),
     ("extraVeths.a.hostBridge", {"extraVeths": {"a": {"hostBridge": "br0", "hostAddress": "10.1.2.3"}}}),
     ("localAddress", {"localAddress": "auto", "hostAddress": "10.1.2.3"}),
     ("localAddress", {"localAddress": "auto", "hostBridge": "br0"}),
     ("networkNamespace", {"networkNamespace": "/run/netns/x"}),
     ("localAddress", {"hostAddress": "10.1.2.3", "localAddress": "10.1.2.3"}),
     ("localAddress6", {"hostAddress6": "fc00::1", "localAddress6": "fc00:0::1"}),
     ("localAddress", {**LINK, "extraVeths": {"a": {"localAddress": "10.231.136.2"}}}),
     ("localMacAddress", {**LINK, "localMacAddress": "02:00:00:00:00:01",
                          "extraVeths": {"a": {"localAddress": "10.1.2.4", "localMacAddress": "02:00:00:00:00:01"}}}),
     ("interfaces", {"interfaces": ["eth0", "eth0"]}), ("interfaces", {"macvlans": ["eth0"], "interfaces": ["eth0"]}),
     ("hostAddress", {"privateNetwork": False, **LINK}), ("forwardPorts", {"privateNetwork": False,
                                                                         "forwardPorts": [{"hostPort": 80}]})])


def refused(warren, containers, *arguments):
    result = warren.run(*arguments, input=json.dumps({"containers": containers}).encode())
    assert result.returncode == 125 and result.stdout == b"", result
    assert not list((warren.root / "var/lib/warren").glob("containers/*")) and not (warren.root / "run").exists()
    return result.stderr.decode()


def test_each_is_refused_with_its_key(warren, busybox, networks):
    found = []
    for key, settings in CASES:
        said = refused(warren, {"web": {"image": f"directory:{busybox}", "privateNetwork": True, **settings}},
                       "create", "web", "--config", "-")
        if key not in said or said.count("\n") > 3:
            found.append((key, settings, said))
    assert not found, "\n".join(map(str, found))
    assert networks.host.nft() == ""


PAIRS = [("localAddress", {"localAddress": "10.1.2.3"}, {"localAddress": "10.1.2.3/24"}),
         ("localAddress6", {"localAddress6": "fc00::1"}, {"localAddress6": "fc00:0:0::1"}),
         ("hostAddress", {"localAddress": "10.1.2.3"}, {"hostAddress": "10.1.2.3", "localAddress": "10.1.2.4"}),
         ("localMacAddress", {**LINK, "localMacAddress": "02:00:00:00:00:0a"},
          {"localAddress": "10.1.2.3", "localMacAddress": "02:00:00:00:00:0A"}),
         ("interfaces", {"interfaces": ["eth0"]}, {"interfaces": ["eth0"]}),
         ("forwardPorts", {**LINK, "forwardPorts": [{"hostPort": "8000-8010"}]},
          {"localAddress": "10.1.2.3", "forwardPorts": [{"hostPort": 8005}]})]


@pytest.mark.parametrize("key, one, two", PAIRS, ids=[pair[0] for pair in PAIRS])
def test_two_that_cannot_both_be(warren, busybox, networks, key, one, two):
    """Where both are declared; the second is refused, the first is not."""
    base = {"image": f"directory:{busybox}", "privateNetwork": True}
    text = json.dumps({"containers": {"a": {**base, **one}, "b": {**base, **two}}})
    result = warren.run("apply", "-", input=text.encode())
    said = result.stderr.decode()
    assert result.returncode == 125 and key in said and "the container a has it too" in said, said
    assert [path.name for path in (warren.root / "var/lib/warren/containers").iterdir()] == ["a"]


def test_a_port_in_use_is_found_before_anything_is_made(warren, busybox, networks):
    networks.host.start("busybox", "httpd", "-f", "-p", "8080", "-h", "/proc")
    eventually(lambda: "8080" in networks.host.output("ss", "-Hltn"))
    declare(warren, "web", busybox, "sleep", "1000", **LINK, forwardPorts=[{"hostPort": "8079-8081"}])
    result = warren.run("start", "web")
    assert result.returncode == 125
    assert result.stderr.decode().splitlines()[0].startswith(
        "warren: start web: forwardPorts: tcp port 8080: a program on the host has it")
    assert networks.host.nft() == "" and not (warren.root / "run/warren/web").exists()
