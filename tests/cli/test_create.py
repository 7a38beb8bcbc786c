"""Containers made by hand: created, updated, rolled back, destroyed."""
import json
import os
import pathlib
import subprocess
import time

import pytest

from declared import declare, nothing_is_left, state, succeed  # noqa: F401
from harness import eventually


def containers(warren):
    directory = warren.root / "var/lib/warren/containers"
    return sorted(path.name for path in directory.iterdir()) if directory.exists() else []


def status(warren, name):
    return json.loads(succeed(warren, "status", "--json", name).stdout)[0]


def fail(warren, *arguments, **options):
    result = warren.run(*arguments, **options)
    assert result.returncode == 125, result.stdout
    return result.stderr.decode()


def test_create_start_destroy(warren):
    assert succeed(warren, "create", "box", "--image", "busybox", "--start").stdout == b""
    assert succeed(warren, "run", "box", "hostname").stdout == b"box\n"
    assert status(warren, "box")["state"] == "running"
    succeed(warren, "destroy", "box")
    assert containers(warren) == [] and not warren.leaks()
    assert "there is no such container" in fail(warren, "destroy", "box")
    assert succeed(warren, "destroy", "--if-exists", "box").stderr == b""


def test_two_of_one_image_are_two(warren):
    """One tree on disk, two machines."""
    for name in ("a", "b"):
        succeed(warren, "create", name, "-i", "busybox", "--start")
    assert len(list((warren.root / "var/lib/warren/images").glob("busybox-*"))) == 1
    ids = [succeed(warren, "run", name, "--", "sh", "-c", "echo $container_uuid; echo mine > /etc/mine").stdout
           for name in ("a", "b")]
    assert ids[0] != ids[1] and len(ids[0]) == 37
    succeed(warren, "run", "a", "rm", "/etc/mine")
    assert succeed(warren, "run", "b", "cat", "/etc/mine").stdout == b"mine\n"
    succeed(warren, "restart", "a")
    assert succeed(warren, "run", "a", "--", "sh", "-c", "echo $container_uuid").stdout == ids[0]


@pytest.mark.parametrize("arguments", [
    ("--image", "nonesuch"), ("--image", "directory:/nonesuch"), ("--image", "busybox", "--set", "memory=1"),
    ("--image", "busybox", "--set", "privateUsers=many"), ("--config", "/nonesuch"), ()])
def test_a_failed_create_leaves_nothing(warren, arguments):
    fail(warren, "create", "box", *arguments)
    assert containers(warren) == []
    succeed(warren, "create", "box", "--image", "busybox")


def test_a_create_that_does_not_start_leaves_nothing(warren):
    message = fail(warren, "create", "box", "-i", "busybox", "-s", "boot=false", "-s", 'command=["/nonesuch"]', "--start")
    lines = message.splitlines()
    assert lines[0] == "warren: create: start box: execute /nonesuch: No such file or directory"
    assert lines[-1].startswith("  | -- end of box: execute /nonesuch")
    assert containers(warren) == [] and not warren.leaks()


def test_names(warren):
    for name in ("../box", "a/b", "", ".hidden", "-x"):
        fail(warren, "create", "--image", "busybox", "--", name)
    succeed(warren, "create", "box", "-i", "busybox")
    assert "there is a container of this name already" in fail(warren, "create", "box", "-i", "busybox")
    names = [succeed(warren, "create", "box", "-i", "busybox", "--ensure-unique-name").stdout.decode() for _ in range(3)]
    assert names == ["box-0\n", "box-1\n", "box-2\n"]


def test_two_creates_at_once(warren):
    succeed(warren, "image", "build", "busybox")
    creates = [warren.start("create", "box", "-i", "busybox") for _ in range(8)]
    assert sorted(create.wait(timeout=30) for create in creates) == [0] + [125] * 7
    assert containers(warren) == ["box"]
    destroys = [warren.start("destroy", "box") for _ in range(8)]
    assert sorted(destroy.wait(timeout=30) for destroy in destroys) == [0] + [125] * 7
    assert containers(warren) == []


def test_update_keeps_var_and_says_what_it_does(warren):
    succeed(warren, "create", "box", "-i", "busybox", "--start")
    succeed(warren, "run", "box", "touch", "/var/kept")
    leader = state(warren, "box")["leader"]
    assert succeed(warren, "update", "box").stdout == b"box: nothing to change\n"
    result = succeed(warren, "update", "box", "--set", "timeoutStartSec=50")
    assert result.stdout == b"update box: timeoutStartSec\nbox: generation 2\n"
    assert state(warren, "box")["leader"] == leader, "that needs no restart"
    result = succeed(warren, "update", "box", "--set", 'services.nap.command="/bin/sleep 4711"')
    assert result.stdout == b"update box: services.nap (live)\nbox: generation 3, changed live\n"
    eventually(lambda: b"4711" in succeed(warren, "run", "box", "ps").stdout)
    succeed(warren, "run", "box", "test", "-e", "/var/kept")
    assert [g["generation"] for g in json.loads(succeed(warren, "generations", "box", "--json").stdout) if g["current"]] == [3]


def test_an_update_that_does_not_get_ready_is_taken_back(warren):
    succeed(warren, "create", "box", "-i", "busybox", "--start")
    message = fail(warren, "update", "box", "-s", "boot=false", "-s", 'command=["/nonesuch"]')
    lines = message.splitlines()
    assert lines[0] == ("warren: update box: generation 2 did not get ready: execute /nonesuch: "
                        "No such file or directory (generation 1 runs again)")
    assert lines[-1].startswith("  | -- end of box: execute /nonesuch")
    after = status(warren, "box")
    assert after["state"] == "running" and after["generation"] == after["runningGeneration"] == 1
    assert len(json.loads(succeed(warren, "generations", "box", "--json").stdout)) == 1


def test_update_leaves_what_shall_not_be_restarted(warren):
    succeed(warren, "create", "box", "-i", "busybox", "-s", "restartIfChanged=false", "--start")
    leader = state(warren, "box")["leader"]
    succeed(warren, "update", "box", "-s", "hostName=other")
    assert state(warren, "box")["leader"] == leader
    after = status(warren, "box")
    assert after["generation"] == 2 and after["runningGeneration"] == 1


def numbers(warren, name):
    return [entry["generation"] for entry in json.loads(succeed(warren, "generations", name, "--json").stdout)]


def test_old_generations_go(warren):
    succeed(warren, "create", "box", "-i", "busybox", "-s", "restartIfChanged=false", "--start")
    for i in range(2, 15):
        succeed(warren, "set", "box", f"hostName=h{i}")
    assert numbers(warren, "box") == [1, *range(5, 15)], "what runs stays, and ten"
    succeed(warren, "rollback", "box", "6")
    for i in range(15, 30):
        succeed(warren, "set", "box", f"hostName=h{i}")
    assert numbers(warren, "box") == [6, *range(20, 30)]
    assert succeed(warren, "run", "box", "hostname").stdout == b"h6\n"


def test_set(warren):
    succeed(warren, "create", "box", "-i", "busybox", "--start")
    leader = state(warren, "box")["leader"]
    assert succeed(warren, "set", "box", "restart=always", "timeoutStopSec=3").stdout == (
        b"set box: restart (live), timeoutStopSec (live)\nbox: generation 2, changed live\n")
    assert state(warren, "box")["leader"] == leader
    assert succeed(warren, "set", "box", "restart=always").stdout == b"box: nothing to change\n"
    assert succeed(warren, "set", "box", "hostName=www").stdout == b"set box: hostName (restart)\nbox: generation 3, restarted\n"
    assert succeed(warren, "run", "box", "hostname").stdout == b"www\n"
    assert "its declaration has a mistake" in fail(warren, "set", "box", "memory=1")
    assert "set box: what to set is missing: KEY=VALUE" in fail(warren, "set", "box")
    assert "the container's name is missing" in fail(warren, "set")
    assert "set: nobox: there is no such container" in fail(warren, "set", "nobox", "restart=no")
    assert status(warren, "box")["generation"] == 3


def test_set_leaves_files_to_people(warren):
    directory = warren.root / "etc/warren"
    directory.mkdir(parents=True)
    (directory / "box.toml").write_text('[containers.box]\nimage = "busybox"  # small\n')
    succeed(warren, "apply")
    message = fail(warren, "set", "box", "restart=always")
    assert message == (f"warren: set box: it is declared in {directory}/box.toml "
                       "(change it there, then warren update box)\n")
    (directory / "box.toml").unlink()
    succeed(warren, "set", "box", "restart=always")


def test_rollback(warren):
    succeed(warren, "create", "box", "-i", "busybox", "-s", "hostName=one", "--start")
    for name in ("two", "three"):
        succeed(warren, "update", "box", "-s", f"hostName={name}")
    assert succeed(warren, "rollback", "box").stdout == b"box: generation 2\n"
    assert succeed(warren, "run", "box", "hostname").stdout == b"two\n"
    succeed(warren, "rollback", "box", "3")
    assert succeed(warren, "run", "box", "hostname").stdout == b"three\n"
    succeed(warren, "rollback", "box", "1")
    assert succeed(warren, "run", "box", "hostname").stdout == b"one\n"
    assert "there is no generation before 1" in fail(warren, "rollback", "box")
    assert "there is no generation 9" in fail(warren, "rollback", "box", "9")


def test_what_is_declared_inside(warren, tmp_path):
    source = tmp_path / "source"
    source.write_text("first\n")
    config = {"image": "busybox", "files": {"/etc/motd": {"text": "hello\n", "mode": "0600"},
                                            "/srv/deep/file": {"source": str(source)}},
              "users": {"alice": {"home": "/home/alice", "createHome": True, "hashedPassword": "$6$a$b"}}}
    succeed(warren, "create", "box", "-c", "-", input=json.dumps({"containers": {"box": config}}).encode())
    succeed(warren, "start", "box")
    inside = lambda command: succeed(warren, "run", "box", "--", "sh", "-c", command).stdout.decode()
    assert inside("cat /etc/motd; stat -c %a /etc/motd") == "hello\n600\n"
    assert inside("cat /srv/deep/file; grep -c ^alice: /etc/passwd; stat -c %U /home/alice") == "first\n1\nalice\n"
    assert "$6$a$b" in inside("grep ^alice: /etc/shadow")
    inside("echo bob:x:1234:1234::/:/bin/sh >> /etc/passwd; echo mine > /etc/mine")
    source.write_text("second\n")
    leader = state(warren, "box")["leader"]
    warren.run("run", "box", "reboot")
    eventually(lambda: (s := state(warren, "box")).get("state") == "running" and s["leader"] != leader)
    assert inside("cat /srv/deep/file; grep -c -e ^alice: -e ^bob: /etc/passwd") == "second\n2\n", "bob outlives the reboot"
    del config["files"]
    succeed(warren, "update", "box", "-c", "-", input=json.dumps({"containers": {"box": config}}).encode())
    assert inside("ls /etc/motd /srv/deep/file 2>/dev/null; cat /etc/mine") == "mine\n"


def test_files_of_the_image_come_back(warren, busybox):
    """What a declared file has hidden is seen again, in place too nothing else is touched."""
    (busybox / "etc/motd").write_text("the image's\n")
    archive = warren.root / "image.tar"
    subprocess.run(["tar", "-cf", archive, "-C", busybox, "."], check=True)
    config = lambda files: json.dumps({"containers": {"box": {"image": f"archive:{archive}", "files": files}}}).encode()
    succeed(warren, "create", "box", "--start", "-c", "-", input=config({"/etc/motd": {"text": "ours\n"}}))
    assert succeed(warren, "run", "box", "cat", "/etc/motd").stdout == b"ours\n"
    succeed(warren, "update", "box", "-c", "-", input=config({}))
    assert succeed(warren, "run", "box", "cat", "/etc/motd").stdout == b"the image's\n"


def test_ephemeral(warren):
    succeed(warren, "create", "box", "-i", "busybox", "-s", "ephemeral=true", "--start")
    succeed(warren, "run", "box", "touch", "/var/gone")
    succeed(warren, "restart", "box")
    assert warren.run("run", "box", "test", "-e", "/var/gone").returncode == 1
    assert not (warren.root / "var/lib/warren/containers/box/changes").exists()


def test_a_path_is_read_only_for_its_containers(warren, busybox):
    before = {path: path.lstat().st_mtime_ns for path in busybox.rglob("*")}
    for name in ("a", "b"):
        succeed(warren, "create", name, "-s", f"path={busybox}", "--start")
        succeed(warren, "run", name, "touch", "/etc/mine")
    assert {path: path.lstat().st_mtime_ns for path in busybox.rglob("*")} == before


def test_an_image_in_use_stays(warren):
    succeed(warren, "create", "box", "-i", "busybox")
    image = status(warren, "box")["imageId"]
    assert b"box" in warren.run("image", "remove", image).stderr
    succeed(warren, "start", "box")
    succeed(warren, "destroy", "box")
    succeed(warren, "image", "remove", image)


def test_destroy_keeps_what_is_mounted_inside(warren, tmp_path):
    succeed(warren, "create", "box", "-i", "busybox", "--start")
    succeed(warren, "stop", "box")
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "data").write_text("precious")
    place = warren.root / "var/lib/warren/containers/box/changes/upper/mnt"
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "--bind", precious, place], check=True)
    try:
        assert f"something is mounted at {place}" in fail(warren, "destroy", "box")
        assert containers(warren) == ["box"]
    finally:
        subprocess.run(["umount", place], check=True)
    succeed(warren, "destroy", "box")
    assert (precious / "data").read_text() == "precious"


def test_destroy_of_a_hostile_tree(warren, tmp_path):
    """Links that lead out, and a tree deeper than there are descriptors."""
    (tmp_path / "kept").write_text("kept")
    succeed(warren, "create", "box", "-i", "busybox", "--start")
    script = (f"ln -s {tmp_path} /var/out; ln -s / /var/root; mkdir /var/d; cd /var/d; i=0; "
              "while [ $i -lt 1500 ]; do mkdir d; cd d; i=$((i+1)); done; touch end")
    succeed(warren, "run", "box", "--", "sh", "-c", script)
    succeed(warren, "destroy", "box")
    assert containers(warren) == [] and (tmp_path / "kept").read_text() == "kept"


def test_extra_flags(warren):
    succeed(warren, "create", "box", "-i", "busybox", "-s", 'extraFlags=["--setenv=COLOUR=blue"]', "--start")
    assert b"COLOUR=blue" in pathlib.Path(f"/proc/{state(warren, 'box')['leader']}/environ").read_bytes()
    assert status(warren, "box")["weakenings"] == ["privateNetwork=false", "extraFlags=--setenv=COLOUR=blue"]
    for flag in ("--directory=/", "--machine=other", "--console=pipe", "--nonesuch", "word"):
        assert "extraFlags" in fail(warren, "create", "bad", "-i", "busybox", "-s", f'extraFlags=["{flag}"]')
    assert containers(warren) == ["box"]


def test_creating_from_a_present_image_is_quick(warren):
    succeed(warren, "image", "build", "busybox")
    begin = time.monotonic()
    for i in range(20):
        succeed(warren, "create", f"box{i}", "-i", "busybox")
    assert (time.monotonic() - begin) / 20 < 0.1
    directory = warren.root / "var/lib/warren/containers/box7"
    assert sum(path.stat().st_blocks for path in directory.rglob("*")) * 512 < 65536


def test_show_host_key(warren, tmp_path):
    succeed(warren, "create", "box", "-i", "busybox")
    assert "it has no SSH host key yet" in fail(warren, "show-host-key", "box")
    succeed(warren, "start", "box")
    succeed(warren, "run", "box", "--", "sh", "-c", "mkdir -p /etc/ssh; printf 'ssh-ed25519 AAAA\\033[2J\\n' > /etc/ssh/ssh_host_ed25519_key.pub")
    for _ in range(2):
        assert succeed(warren, "show-host-key", "box").stdout == b"ssh-ed25519 AAAA?[2J\n"
        succeed(warren, "stop", "box")
    (tmp_path / "secret").write_text("the host's")
    key = warren.root / "var/lib/warren/containers/box/changes/upper/etc/ssh/ssh_host_ed25519_key.pub"
    key.unlink()
    key.symlink_to(tmp_path / "secret")
    assert "it has no SSH host key yet" in fail(warren, "show-host-key", "box")
