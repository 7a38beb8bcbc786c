"""What `warren audit` lists of containers."""
import json

from declared import declare, nothing_is_left, succeed  # noqa: F401
from harness import eventually


def audit(warren, *names):
    found = json.loads(succeed(warren, "audit", "--json", *names).stdout)
    assert [one["name"] for one in found] == list(names)
    assert all(w["consequence"].endswith(".") for one in found for w in one["weakenings"])
    return [[w["setting"] for w in one["weakenings"]] for one in found]


def test_a_container_with_the_defaults(warren, busybox):
    declare(warren, "box", busybox)
    assert succeed(warren, "audit", "box").stdout == b"box: nothing weakens it\n"
    assert audit(warren, "box") == [[]]


def test_declared_containers(warren, busybox):
    declare(warren, "box", busybox, privateNetwork=False, seccomp=False, nesting=True,
            bindMounts={"/srv": {"hostPath": "/usr", "isReadOnly": False, "owner": "root"}})
    declare(warren, "other", busybox, privateUsers="no")
    words = ["nesting=true", "seccomp=false", "privateNetwork=false", "bindMounts.\"/srv\".isReadOnly=false",
             "bindMounts.\"/srv\".owner=root"]
    assert audit(warren, "other", "box") == [["privateUsers=no"], words]
    lines = succeed(warren, "audit", "box").stdout.decode().splitlines()
    assert lines[0] == "box:" and [line.strip() for line in lines[1::2]] == words
    shown = json.loads(succeed(warren, "status", "--json", "box").stdout)[0]
    assert shown["weakenings"] == words


def test_what_spawn_runs(warren, busybox):
    warren.start("spawn", "-D", busybox, "-M", "loose", "--nesting", "--seccomp=no", "--bind=/usr:/mnt", "sleep", "1000")
    warren.start("spawn", "-D", busybox, "-M", "tight", "--private-network", "sleep", "1000")
    entry = warren.root / "run/warren"
    eventually(lambda: (entry / "loose/entry").exists() and (entry / "tight/entry").exists())
    assert audit(warren, "loose", "tight") == [
        ["--nesting", "--seccomp=no", "no --private-network", "--bind=/usr:/mnt"], []]
    shown = json.loads(succeed(warren, "status", "--json", "loose").stdout)[0]
    assert shown["weakenings"] == audit(warren, "loose")[0]


def test_a_container_that_is_not_there(warren, busybox):
    declare(warren, "box", busybox)
    result = warren.run("audit", "--json", "nobox", "box")
    assert result.returncode == 125
    assert result.stderr == b"warren: audit: nobox: there is no such container (see warren list)\n"
    assert [one["name"] for one in json.loads(result.stdout)] == ["box"]


def test_system_calls_without_a_filter(warren, busybox):
    """Also for who comes in later."""
    call = lambda *words: succeed(warren, *words).stdout.strip()
    assert call("spawn", "-D", busybox, "--seccomp=no", "payload", "call", "add_key") == b"ok"
    declare(warren, "box", busybox, seccomp=False)
    succeed(warren, "start", "box")
    assert call("run", "box", "payload", "call", "add_key") == b"ok"
    status = call("run", "box", "cat", "/proc/self/status").decode()
    assert "Seccomp:\t0" in status
