"""The host made what is declared: created, updated, pruned; what differs and nothing else."""
import json
import os
import re
import shutil
import signal
import time

import pytest

from declared import nothing_is_left, state, succeed  # noqa: F401
from harness import eventually, is_gone


def listed(warren):
    return {entry["name"]: entry for entry in json.loads(succeed(warren, "list", "--json").stdout)}


def apply(warren, *arguments):
    return succeed(warren, "apply", *arguments).stdout.decode().splitlines()


def test_apply_twice(warren, declare):
    declare(web={"autoStart": True}, db={})
    assert apply(warren, "--dry-run") == ["create db", "create web", "start web"]
    assert listed(warren) == {}
    assert apply(warren) == ["create db", "create web", "start web"]
    first = listed(warren)
    assert (first["web"]["state"], first["db"]["state"]) == ("running", "stopped")
    assert apply(warren) == [] and listed(warren) == first


def test_what_changes_is_said_and_done_and_nothing_else(warren, declare):
    declare(web={"autoStart": True}, api={"autoStart": True}, db={})
    apply(warren)
    before = listed(warren)
    declare(web={"autoStart": True, "hostName": "www", "timeoutStartSec": 30}, api={"autoStart": True}, db={"hostName": "x"})
    lines = ["update db: hostName (restart)", "update web: hostName (restart), timeoutStartSec"]
    assert sorted(apply(warren, "-n")) == lines == sorted(apply(warren))
    after = listed(warren)
    assert after["api"] == before["api"]
    assert after["db"]["state"] == "stopped" and after["db"]["generation"] == 2
    assert after["web"]["leader"] != before["web"]["leader"]
    assert succeed(warren, "run", "web", "hostname").stdout == b"www\n"
    assert apply(warren) == []


def test_what_needs_no_restart_gets_none(warren, declare):
    declare(web={"autoStart": True})
    apply(warren)
    leader = state(warren, "web")["leader"]
    declare(web={"autoStart": True, "restart": "always", "restartIfChanged": False})
    apply(warren)
    declare(web={"autoStart": True, "restart": "always", "restartIfChanged": False, "hostName": "later"})
    apply(warren)
    assert state(warren, "web")["leader"] == leader and listed(warren)["web"]["generation"] == 3


def test_a_failed_update_leaves_the_old_generation_and_others_alone(warren, declare):
    declare(a={"autoStart": True}, b={"autoStart": True}, c={"autoStart": True})
    apply(warren)
    declare(a={"autoStart": True, "hostName": "new"}, c={"autoStart": True, "hostName": "new"},
            b={"autoStart": True, "boot": False, "command": ["/nonesuch"]})
    result = warren.run("apply")
    assert result.returncode == 125
    lines = result.stderr.decode().splitlines()
    assert lines[0] == ("warren: update b: generation 2 did not get ready: execute /nonesuch: "
                        "No such file or directory (generation 1 runs again)")
    assert lines[-1].startswith("  | -- end of b: execute /nonesuch"), "what the failed one has said"
    after = listed(warren)
    assert [after[name]["state"] for name in "abc"] == ["running"] * 3
    assert [after[name]["generation"] for name in "abc"] == [2, 1, 2]


def test_not_ready_in_time_is_taken_back(warren, declare):
    declare(web={"autoStart": True})
    apply(warren)
    slow = {"/etc/inittab": {"text": "::sysinit:/bin/sleep 100\n::sysinit:/etc/warren/ready\n"}}
    declare(web={"autoStart": True, "timeoutStartSec": 0.5, "files": slow})
    result = warren.run("apply")
    assert result.returncode == 125 and b"it was not ready after 500 ms" in result.stderr
    assert listed(warren)["web"]["state"] == "running" and listed(warren)["web"]["generation"] == 1
    succeed(warren, "restart", "web")
    assert succeed(warren, "run", "web", "ps").stdout.count(b"sleep 100") == 0, "the old files are back"


def test_mistakes_cost_what_they_are_about(warren, declare):
    declare("a.json", good={}, bad={"memory": 1})
    result = warren.run("apply")
    assert result.returncode == 125 and b"a.json:1:" in result.stderr
    assert list(listed(warren)) == ["good"]


def test_prune(warren, declare):
    succeed(warren, "create", "mine", "-i", "busybox")
    declare(web={"autoStart": True}, old={"autoStart": True})
    apply(warren)
    file = declare(web={"autoStart": True})
    assert apply(warren) == [] and "old" in listed(warren)
    assert b"it is declared in " + str(file).encode() in warren.run("destroy", "web").stderr
    (file.parent / "wrong.toml").write_text("x")
    result = warren.run("apply", "--prune")
    assert result.returncode == 125 and b"nothing is destroyed" in result.stderr and "old" in listed(warren)
    (file.parent / "wrong.toml").unlink()
    assert apply(warren, "--prune", "--dry-run") == ["destroy old"]
    assert apply(warren, "--prune") == ["destroy old"]
    assert sorted(listed(warren)) == ["mine", "web"]
    assert warren.run("apply", "--prune", file).returncode == 125
    file.unlink()
    assert apply(warren, "--prune") == ["destroy web"] and sorted(listed(warren)) == ["mine"]


def test_what_was_created_by_hand_is_not_taken_over(warren, declare):
    succeed(warren, "create", "web", "-i", "busybox")
    declare(web={"autoStart": True}, db={})
    result = warren.run("apply")
    assert result.returncode == 125 and b"it was created by hand" in result.stderr
    assert listed(warren)["web"]["state"] == "stopped" and "db" in listed(warren)


def test_a_file_by_name(warren, declare, tmp_path):
    declare(web={})
    other = tmp_path / "other.toml"
    other.write_text('[containers.other]\nimage = "busybox"\n')
    assert apply(warren, other) == ["create other"]
    assert list(listed(warren)) == ["other"]


def test_create_and_update_know_the_declarations(warren, declare):
    declare(web={"hostName": "one"})
    succeed(warren, "create", "web")
    assert apply(warren) == []
    declare(web={"hostName": "two"})
    assert succeed(warren, "update", "web").stdout == b"update web: hostName (restart)\nweb: generation 2\n"
    assert apply(warren) == []


@pytest.fixture
def fleet(warren, declare):
    """Some that are to run, one that cannot, one that nobody wants to run."""
    declare(a={"autoStart": True}, c={"autoStart": True}, d={},
            b={"autoStart": True, "boot": False, "command": ["/nonesuch"]})
    assert warren.run("apply").returncode == 125
    return ["running", "failed", "running", "stopped"]


def states(warren):
    return [entry["state"] for entry in listed(warren).values()]


def test_up(warren, fleet):
    succeed(warren, "stop", "--all")
    result = warren.run("up")
    lines = result.stderr.decode().splitlines()
    assert result.returncode == 125 and result.stdout == b""
    assert [line for line in lines if line.startswith("warren:")] == [
        "warren: start b: execute /nonesuch: No such file or directory"]
    assert states(warren) == fleet
    before = listed(warren)
    warren.run("up")
    assert listed(warren) == before, "who runs is left alone"
    assert succeed(warren, "up", "--help").stdout.startswith(b"Usage: warren up")
    assert warren.run("up", "a").returncode == 125


def test_up_succeeds_when_all_do(warren, declare):
    declare(a={"autoStart": True}, b={"autoStart": True}, c={})
    apply(warren)
    succeed(warren, "stop", "--all")
    assert succeed(warren, "up").stderr == b""
    assert states(warren) == ["running", "running", "stopped"]


def kill_all(warren):
    """As the host's end does: nobody gets to take anything back."""
    processes = [(entry["monitor"], entry["leader"]) for entry in listed(warren).values() if entry["monitor"]]
    for monitor, leader in processes:
        os.kill(monitor, signal.SIGKILL)
    eventually(lambda: all(is_gone(pid) for one in processes for pid in one))


def test_up_after_a_reboot(warren, fleet):
    kill_all(warren)
    shutil.rmtree(warren.root / "run")  # a tmpfs
    for cgroup in warren.cgroup("x").parent.glob(f"{warren.cgroup_prefix}.*"):
        cgroup.rmdir()
    assert states(warren) == ["stopped", "failed", "stopped", "stopped"]
    assert warren.run("up").returncode == 125
    assert states(warren) == fleet
    assert succeed(warren, "run", "a", "hostname").stdout == b"a\n"


def test_up_where_the_state_of_before_the_reboot_has_stayed(warren, fleet):
    """/run on a disk: the numbers in it are those of other processes now."""
    kill_all(warren)
    for record in (warren.root / "run/warren").glob("*/state"):
        text = re.sub(r"(?m)^(monitor|leader)=.*", rf"\1={os.getpid()}", record.read_text())
        record.write_text(text)
    assert states(warren) == ["failed", "failed", "failed", "stopped"]
    assert warren.run("up").returncode == 125
    assert states(warren) == fleet
    succeed(warren, "run", "c", "hostname")


def test_destroy_what_is_declared_no_more(warren, declare, tmp_path, monkeypatch):
    kept = declare("kept.json", stays={}, goes={})
    declare("gone.json", lost={"autoStart": True}).rename(tmp_path / "gone.json")
    monkeypatch.chdir(tmp_path)
    apply(warren)
    apply(warren, "gone.json")
    succeed(warren, "apply", "-", input=b'[containers.piped]\nimage = "busybox"\n')
    for name, file in (("stays", kept), ("goes", kept), ("lost", tmp_path / "gone.json")):
        assert b"it is declared in " + str(file).encode() in warren.run("destroy", name).stderr
    declare("kept.json", stays={})
    kept_text = kept.read_text()
    kept.write_text("broken")
    assert warren.run("destroy", "goes").returncode == 125, "nobody knows what it wanted to declare"
    kept.write_text(kept_text)
    (tmp_path / "gone.json").unlink()
    succeed(warren, "destroy", "goes", "lost", "piped")
    assert list(listed(warren)) == ["stays"]


def test_two_applies_at_once(warren, declare):
    declare(**{f"box{i}": {"autoStart": True} for i in range(6)})
    applies = [warren.start("apply") for _ in range(3)]
    assert [one.wait(timeout=60) for one in applies] == [0, 0, 0]
    assert apply(warren) == []
    assert {entry["state"] for entry in listed(warren).values()} == {"running"}


def test_five_hundred_with_nothing_to_do(warren, declare):
    declare(**{f"box{i}": {"localAddress": f"10.1.{i // 250}.{i % 250 + 1}", "privateNetwork": True} for i in range(500)})
    apply(warren)
    for verb, most in (("apply", 1.5), ("list", 0.3)):  # a debug build on a busy machine
        begin = time.monotonic()
        succeed(warren, verb)
        assert time.monotonic() - begin < most, verb
