"""A symlink called nixos-container to warren: the words of the other that need no Nix."""
import json
import shutil
import subprocess

import pytest

from declared import declare, stop_all, succeed
from harness import WARREN


@pytest.fixture(autouse=True)
def nothing_is_left(warren, host_network):
    yield
    stop_all(warren)


@pytest.fixture
def host_network():
    """A network namespace that takes the place of the host's."""
    holder = subprocess.Popen(["unshare", "-n", "sh", "-c", "echo made; exec sleep 1000"], stdout=subprocess.PIPE)
    assert holder.stdout.readline() == b"made\n"
    yield f"--net=/proc/{holder.pid}/ns/net"
    holder.kill()
    holder.communicate()


@pytest.fixture
def tool(warren, tmp_path, host_network):
    path = tmp_path / "nixos-container"
    path.symlink_to(WARREN)

    def call(*arguments):
        return subprocess.run(["nsenter", host_network, path, *map(str, arguments)], env=warren.environment,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)

    def run(*arguments):
        result = call(*arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout
    run.call = call
    return run


@pytest.fixture
def system(busybox):
    """What a build of a system leaves: a tree whose init is /init, for nobody to change."""
    tree = busybox.parent / "store/abc-system-web-1"
    shutil.copytree(busybox, tree, symlinks=True)
    init = tree / "sbin/init"
    if init.is_symlink() or init.exists():
        init.unlink()
    (tree / "init").write_text("#!/bin/sh\ntrap 'exit 0' 37  # SIGRTMIN+3, as systemd has it\n"
                              "echo system 1 > /etc/which\nwhile :; do sleep 1000 & wait $!; done\n")
    (tree / "init").chmod(0o755)
    return tree


def test_a_life(tool, system):
    assert tool("list") == ""
    assert tool("create", "web", "--system-path", system) == ""
    assert tool("list") == "web\n" and tool("status", "web") == "down\n"
    assert tool("start", "web") == "" and tool("status", "web") == "up\n"
    assert tool("run", "web", "--", "cat", "/etc/which") == "system 1\n"
    assert tool.call("run", "web", "--", "sh", "-c", "exit 7").returncode == 7
    assert tool("run", "web", "--", "sh", "-c", "readlink /proc/1/exe; echo kept > /etc/kept").endswith("/busybox\n")
    assert tool("restart", "web") == "" and tool("run", "web", "--", "cat", "/etc/kept") == "kept\n"
    assert not (system / "etc/kept").exists() and not (system / "etc/which").exists()
    tool("stop", "web")
    assert tool("status", "web") == "down\n"
    tool("start", "web")
    tool("terminate", "web")
    assert tool("status", "web") == "down\n"
    tool("destroy", "web")
    assert tool("list") == ""
    assert tool("destroy", "web") == ""  # as the other has it
    gone = tool.call("status", "web")
    assert (gone.returncode, gone.stdout, gone.stderr) == (1, "gone\n", "")


def test_update_to_the_next_system(tool, system):
    tool("create", "web", "--system-path", system)
    tool("start", "web")
    other = system.with_name("def-system-web-2")
    shutil.copytree(system, other, symlinks=True)
    (other / "init").write_text((system / "init").read_text().replace("system 1", "system 2"))
    tool("update", "web", "--system-path", other)
    assert tool("run", "web", "--", "cat", "/etc/which") == "system 2\n"


@pytest.fixture
def store(warren, busybox):
    """A store of Nix's with two systems of NixOS, which are no root trees: they need what lies beside them."""
    store = busybox.parent / "nix/store"
    (store / "0-tools/bin").mkdir(parents=True)
    for name in ("busybox", "payload"):
        shutil.copy(busybox / "bin" / name, store / "0-tools/bin")
    (store / "0-tools/bin/sh").symlink_to("busybox")
    tools = store / "0-tools/bin"
    for number in (1, 2):
        system = store / f"{number}-nixos-system"
        (system / "etc-files").mkdir(parents=True)
        (system / "etc").symlink_to(system / "etc-files")
        (system / "nixos-version").write_text("23.11")
        (system / "init").write_text(
            f"#!{tools}/sh\nPATH={tools}\nbusybox mkdir -p /etc /bin\nbusybox ln -sf {tools}/busybox /bin/cat\n"
            f"echo system {number} > /etc/which\n"
            f"exec payload ready {tools}/sh -c \"trap 'exit 0' 37; while :; do busybox sleep 1000 & wait; done\"\n")
        (system / "init").chmod(0o755)
    warren.environment["NIX_STORE_DIR"] = str(store)
    return store


def test_a_system_of_nixos(warren, tool, store):
    profile = store.parent / "profile"
    profile.symlink_to(store / "1-nixos-system")
    for name in ("web", "db"):
        tool("create", name, "--system-path", profile)
        tool("start", name)
        assert tool("run", name, "--", "/bin/cat", "/etc/which") == "system 1\n"
    assert "Read-only file system" in tool.call("run", "web", "--", store / "0-tools/bin/busybox", "touch", store / "x").stderr
    tool("update", "web", "--system-path", store / "2-nixos-system")
    assert tool("run", "web", "--", "/bin/cat", "/etc/which") == "system 2\n"
    assert tool("run", "db", "--", "/bin/cat", "/etc/which") == "system 1\n"
    tool("stop", "web", "db")
    assert [path.name for path in (store / "1-nixos-system/etc-files").iterdir()] == []
    tool("destroy", "web")
    tool("destroy", "db")
    succeed(warren, "image", "remove", "nixos-root")


def test_a_root_tree_in_the_store(warren, tool, store, busybox):
    """Its programs may need the store too."""
    tree = store / "3-tree"
    shutil.copytree(busybox, tree, symlinks=True)
    tool("create", "web", "--system-path", tree)
    tool("start", "web")
    assert tool("run", "web", "--", store / "0-tools/bin/busybox", "echo", "found") == "found\n"


def test_what_create_declares(warren, tool, system, host_network):
    subprocess.run(["nsenter", host_network, "ip", "link", "add", "br0", "type", "bridge"], check=True)
    tool("create", "web", "--system-path", system, "--auto-start", "--bridge=br0")
    tool("create", "db", "--system-path", system, "--host-address=10.1.1.1", "--local-address", "10.1.1.2",
         "--port=8080:80", "--port", "udp:53")
    tool("create", "plain", "--system-path", system)
    kept = {}
    for name in ("web", "db", "plain"):
        file = warren.root / f"var/lib/warren/containers/{name}/generations/1/declaration.json"
        kept[name] = json.loads(file.read_text())
    assert kept["web"]["path"] == str(system) and kept["web"]["autoStart"] and kept["web"]["hostBridge"] == "br0"
    assert [(p["protocol"], p["hostPort"], p["containerPort"]) for p in kept["db"]["forwardPorts"]] == \
        [("tcp", 8080, 80), ("udp", 53, 53)]
    assert (kept["db"]["hostAddress"], kept["db"]["localAddress"]) == ("10.1.1.1", "10.1.1.2")
    assert kept["plain"]["localAddress"] == "auto"
    assert all(one["privateNetwork"] for one in kept.values())
    assert tool("show-ip", "db") == "10.1.1.2\n"
    assert tool("list") == "db\nplain\nweb\n"
    first = tool("create", "web", "--system-path", system, "--ensure-unique-name")
    assert first == "web-0\n"


@pytest.mark.parametrize("option", ["--config=services.x.enable = true;", "--config-file=/x.nix", "--nixos-path=/nixos",
                                    "--flake=/x#y", "--impure"])
@pytest.mark.parametrize("word", ["create", "update"])
def test_what_needs_nix_says_so(tool, option, word):
    result = tool.call(word, "web", option)
    assert (result.returncode, result.stdout) == (125, "")
    line, = result.stderr.splitlines()
    assert "it needs Nix, which warren does not run (build the system with Nix, and give the result with " in line
    assert tool("list") == ""


@pytest.mark.parametrize("arguments,message", [
    (["create", "web"], "create web: without --system-path it needs Nix to build a system"),
    (["create", "web", "--system-path=/x", "--host-address=10.0.0.1"], "--host-address and --local-address go together"),
    (["create", "web", "--system-path=/x", "--port=http"], "--port=http: a port is a number"),
    (["create", "web", "--system-path=/x", '--port=80,x="'], "a port is a number"),
    (["create", "web", "--system-path=relative"], "--system-path=relative: it is an absolute path"),
    (["create", "a/b", "--system-path=/x"], "a/b"),
    (["create"], "the container's name is missing"),
    (["update", "web"], "there is no such container"),
    (["start", "web"], "web"),
    (["strat", "web"], "strat: no such word (did you mean start?)"),
    (["list", "web"], "there is an argument too many"),
    (["status"], "the container's name is missing"),
])
def test_mistakes(tool, arguments, message):
    result = tool.call(*arguments)
    assert (result.returncode, result.stdout) == (125, "")
    assert message in result.stderr and result.stderr.count("\n") == 1
    assert tool("list") == ""


def test_a_system_that_is_not_there(tool):
    result = tool.call("create", "web", "--system-path=/no/such/tree")
    assert result.returncode == 125 and "/no/such/tree: No such file or directory" in result.stderr
    assert tool("list") == ""


def test_declared_ones_are_refused(warren, tool, busybox):
    (warren.root / "etc/warren").mkdir(parents=True)
    (warren.root / "etc/warren/web.toml").write_text(f'[containers.web]\nimage = "directory:{busybox}"\n')
    succeed(warren, "apply")
    assert tool("list") == "web\n"
    result = tool.call("destroy", "web")
    assert result.returncode == 125 and "declared" in result.stderr
    assert tool("list") == "web\n"


def test_help(tool):
    text = tool("--help")
    assert text == tool("create", "--help") == tool()
    for word in ("list", "create", "destroy", "start", "stop", "terminate", "status", "update", "login", "root-login",
                 "run", "show-ip", "show-host-key", "restart"):
        assert f"\n  {word} " in text
    assert max(map(len, text.splitlines())) <= 100


def test_login(warren, tool, busybox):
    declare(warren, "box", busybox)
    tool("start", "box")
    result = tool.call("root-login", "box")
    assert result.returncode == 0, result.stderr
