"""warren check and warren show: declarations as people and Nix write them."""
import json
import os
import subprocess

import pytest

# The shapes of containers.<name> in NixOS's module, with every option that it has.
NIX = {
    "containers": {
        "database": {
            "additionalCapabilities": ["CAP_NET_ADMIN"],
            "allowedDevices": [{"modifier": "rw", "node": "/dev/net/tun"}],
            "autoStart": True,
            "bindMounts": {"/home": {"hostPath": "/home/alice", "isReadOnly": False,
                                     "mountPoint": "/home"}},
            "enableTun": False,
            "ephemeral": False,
            "extraFlags": ["--drop-capability=CAP_SYS_CHROOT"],
            "extraVeths": {"eth1": {"forwardPorts": [], "hostAddress": "10.0.0.1",
                                    "hostAddress6": None, "hostBridge": None,
                                    "localAddress": "10.0.0.2", "localAddress6": None}},
            "forwardPorts": [{"containerPort": None, "hostPort": 8080, "protocol": "tcp"}],
            "hostAddress": "10.231.136.1",
            "hostAddress6": "fc00::1",
            "hostBridge": None,
            "interfaces": ["eth7"],
            "localAddress": "10.231.136.2",
            "localAddress6": "fc00::2",
            "macvlans": [],
            "path": "/nix/var/nix/profiles/per-container/database",
            "privateNetwork": True,
            "timeoutStartSec": "1min",
            "tmpfs": ["/var"],
        },
    },
}
TOML = """
[containers.database]
path = "/nix/var/nix/profiles/per-container/database"
autoStart = true
additionalCapabilities = ["CAP_NET_ADMIN"]
allowedDevices = [{ node = "/dev/net/tun", modifier = "rw" }]
extraFlags = ["--drop-capability=CAP_SYS_CHROOT"]
tmpfs = ["/var"]
timeoutStartSec = 60
privateNetwork = true
hostAddress = "10.231.136.1"
hostAddress6 = "fc00::1"
localAddress = "10.231.136.2"
localAddress6 = "fc00::2"
interfaces = ["eth7"]
forwardPorts = [{ hostPort = 8080 }]
bindMounts."/home" = { hostPath = "/home/alice", isReadOnly = false }
extraVeths.eth1 = { hostAddress = "10.0.0.1", localAddress = "10.0.0.2" }
"""
BOX = '[containers.{}]\nimage = "busybox"\n{}\n'


@pytest.fixture
def declare(warren):
    def write(name, text, directory="etc/warren"):
        path = warren.root / directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path
    return write


def shown(warren, *names):
    result = warren.run("show", "--json", *names)
    assert result.returncode == 0, result.stderr.decode()
    return json.loads(result.stdout)["containers"]


def test_nix_and_toml_declare_the_same(warren, declare):
    path = declare("a.json", json.dumps(NIX))
    assert warren.run("check").stdout == b"1 container: fine\n"
    from_nix = shown(warren)
    path.unlink()
    declare("a.toml", TOML)
    assert shown(warren) == from_nix
    database = from_nix["database"]
    assert database["forwardPorts"][0]["containerPort"] == 8080
    assert database["timeoutStartSec"] == "1min"
    assert database["hostBridge"] is None
    assert database["bindMounts"]["/home"]["isReadOnly"] is False


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_what_is_shown_declares_the_same(warren, declare, tmp_path, form):
    declare("a.toml", TOML + BOX.format("web", 'users.a = { hashedPassword = "$6$a$b" }'))
    before = shown(warren)
    text = warren.run("show", *form).stdout
    (warren.root / "etc/warren/a.toml").unlink()
    (warren.root / "etc/warren" / ("b.json" if form else "b.toml")).write_bytes(text)
    assert shown(warren) == before and set(before) == {"database", "web"}


def test_every_mistake_has_its_place(warren, tmp_path):
    file = tmp_path / "a.toml"
    file.write_text('[containers.web]\nimage = "busybux"\nautostart = true\n[container.db]\n')
    result = warren.run("check", file)
    assert result.returncode == 1 and result.stdout == b""
    lines = result.stderr.decode().splitlines()
    assert [line.removeprefix(str(file)).split(" ")[0] for line in lines] == [":2:9:", ":3:1:", ":4:2:"]
    assert "did you mean busybox?" in lines[0] and "did you mean autoStart?" in lines[1]


def test_standard_input(warren):
    for text in (TOML, json.dumps(NIX)):
        assert warren.run("check", "-", input=text.encode()).returncode == 0
    result = warren.run("check", "-", input=b'{"database": {"path": "/x"}}')
    assert result.returncode == 1
    assert result.stderr == (b"-:1:2: database: no such key (a container is declared as "
                             b"containers.database)\n")


def test_an_earlier_directory_wins_and_null_masks(warren, declare):
    for directory in ("usr/lib/warren", "run/warren", "etc/warren"):
        declare("a.toml", BOX.format(directory.split("/")[0], ""), directory)
    declare("b.toml", BOX.format("b", ""), "usr/lib/warren")
    declare("c.toml", BOX.format("c", ""), "run/warren")
    declare("d.conf", "no toml")
    declare(".e.toml", "no toml")
    os.symlink("/dev/null", warren.root / "etc/warren/b.toml")
    assert set(shown(warren)) == {"etc", "c"}
    for name in ("a", "c"):  # the directory is looked at for what containers leave
        (warren.root / f"run/warren/{name}.toml").unlink()


def test_what_cannot_be_read_is_a_mistake(warren, declare):
    declare("a.toml", BOX.format("a", ""))
    os.mkfifo(warren.root / "etc/warren/b.toml")
    (warren.root / "etc/warren/c.toml").mkdir()
    os.symlink("nowhere", warren.root / "etc/warren/d.toml")
    result = warren.run("check", timeout=10)
    assert result.returncode == 1
    assert [line.rsplit("/", 1)[1] for line in result.stderr.decode().splitlines()] == [
        "b.toml: it is no regular file", "c.toml: it is no regular file",
        "d.toml: No such file or directory"]
    result = warren.run("check", "/no/such/file")
    assert (result.returncode, result.stderr) == (1, b"/no/such/file: No such file or directory\n")


def test_no_declarations_are_fine(warren):
    assert warren.run("check").stdout == b"0 containers: fine\n"
    assert shown(warren) == {}


def test_show_by_name(warren, declare):
    declare("a.toml", BOX.format("web", "") + BOX.format("api", "x = 1"))
    assert list(shown(warren, "web")) == ["web"]
    assert list(json.loads(warren.run("show", "web", "--json").stdout)["containers"]) == ["web"]
    assert warren.run("show").returncode == 1  # one is missing
    for name, reason in (("api", b"its declaration has a mistake"),
                         ("wec", b"no such container is declared (did you mean web?)")):
        result = warren.run("show", name)
        assert result.returncode == 125 and result.stdout == b""
        assert result.stderr.endswith(b"warren: show " + name.encode() + b": " + reason + b"\n")


def test_containers_that_clash(warren, declare):
    for name in ("a", "b"):
        declare(f"{name}.toml", BOX.format(name, "sockets = [8080]"))
    result = warren.run("check")
    assert result.returncode == 1
    assert b"b.toml:3:12: sockets: tcp port 8080: the container a has it too, at " in result.stderr


def test_a_full_standard_output_is_an_error(warren):
    with open("/dev/full", "w", encoding="ascii") as full:
        result = subprocess.run(warren.command("check"), env=warren.environment, stdout=full,
                                stderr=subprocess.PIPE, check=False)
    assert result.returncode == 125 and b"standard output" in result.stderr
