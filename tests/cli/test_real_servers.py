"""Servers and clients that people use: httpd, dropbear and dnsmasq inside; curl, ssh and dig outside,
in the LAN and on the host."""
import shutil
import subprocess

import pytest

from declared import declare, succeed
from harness import eventually
from networks import HOST4, HOST6, add_server, networks, warren  # noqa: F401

SERVERS = {
    "web": {"command": "/bin/httpd -f -p 80 -h /srv"},
    "ssh": {"command": "/usr/sbin/dropbear -F -E -R -s -p 22"},
    "names": {"command": "/usr/sbin/dnsmasq -k -x /run/dnsmasq.pid -C /dev/null -u root -R -h -A /box.test/192.0.2.99 -A /box.test/2001:db8::99"},
}
PORTS = [{"hostPort": 8080, "containerPort": 80}, {"hostPort": 2222, "containerPort": 22},
         {"protocol": "udp", "hostPort": 5353, "containerPort": 53}, {"hostPort": 5353, "containerPort": 53}]


def add_program(tree, name):
    """A program of the machine's with the libraries that it needs."""
    program = shutil.which(name)
    libraries = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout.split()
    for path in [program, *(word for word in libraries if word.startswith("/"))]:
        target = tree / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


@pytest.fixture
def box(warren, busybox, networks, tmp_path):
    add_server(busybox)
    for name in ("dropbear", "dnsmasq"):
        add_program(busybox, name)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
    (busybox / "root/.ssh").mkdir(mode=0o700)
    (busybox / "root/.ssh/authorized_keys").write_text((tmp_path / "key.pub").read_text())
    (busybox / "root/.ssh/authorized_keys").chmod(0o600)
    (busybox / "etc/dropbear").mkdir()
    declare(warren, "box", busybox, services=SERVERS, forwardPorts=PORTS, hostAddress="10.231.136.1",
            localAddress="10.231.136.2", hostAddress6="fc00::1", localAddress6="fc00::2")
    succeed(warren, "start", "box")


def test_curl_ssh_and_dig(networks, box, tmp_path):
    places = [(networks.host, "127.0.0.1"), (networks.host, "::1"), (networks.lan, HOST4), (networks.lan, HOST6)]
    for place, address in places:
        assert eventually(lambda: place.fetch(address, 8080))
        ssh = ("ssh", "-F", "none", "-i", tmp_path / "key", "-p", 2222, "-o", "BatchMode=yes", "-o", "ConnectTimeout=5",
               "-o", "StrictHostKeyChecking=no", "-o", f"UserKnownHostsFile={tmp_path}/known", f"root@{address}")
        assert eventually(lambda: place.run(*ssh, "hostname").stdout.strip() == "box")
        assert len(place.output(*ssh, "dd if=/dev/zero bs=64k count=16 2>/dev/null | tr '\\0' x")) == 1 << 20
        for transport in ("+notcp", "+tcp"):
            for kind, answer in (("A", "192.0.2.99"), ("AAAA", "2001:db8::99")):
                said = place.output("dig", "+short", "+tries=3", "+time=2", transport, "-p", 5353, f"@{address}", "box.test", kind)
                assert said.strip() == answer
