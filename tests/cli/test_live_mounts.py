"""Mounts that a running container gets when they are declared, and what root inside can do to them."""
import json
import os
import pathlib
import stat
import subprocess

import pytest

from declared import nothing_is_left, state, succeed  # noqa: F401


@pytest.fixture
def shared(tmp_path):
    """A directory of the host's, with a file and a program that belong to root."""
    directory = tmp_path / "shared"
    directory.mkdir()
    (directory / "file").write_text("from the host\n")
    (directory / "sub").mkdir()
    return directory


def binds(places):
    tables = (f"{json.dumps(target)} = {{ " + ", ".join(f"{key} = {json.dumps(value)}" for key, value in of.items()) + " }"
              for target, of in places.items())
    return "-s", f"bindMounts={{ {', '.join(tables)} }}"


def bind(target, source, **more):
    return binds({target: {"hostPath": str(source), **more}})


def run(warren, *command, name="box"):
    return warren.run("run", name, "--", *command)


def process(warren):
    return json.loads(succeed(warren, "status", "--json", "box").stdout)[0]["leader"]


@pytest.fixture
def box(warren):
    succeed(warren, "create", "box", "-i", "busybox", "--start")
    return process(warren)


def add(warren, *settings):
    said = succeed(warren, "update", "box", *settings).stdout.decode().splitlines()
    assert said[1].endswith("changed live"), said
    return said


def test_a_new_mount_is_there_at_once(warren, box, shared):
    assert add(warren, *bind("/srv/new place", shared))[0] == 'update box: bindMounts."/srv/new place" (live)'
    assert process(warren) == box
    assert run(warren, "cat", "/srv/new place/file").stdout == b"from the host\n"
    assert run(warren, "stat", "-c", "%U", "/srv/new place/file").stdout == b"nobody\n"
    (shared / "later").write_text("")
    assert run(warren, "ls", "/srv/new place").stdout == b"file\nlater\nsub\n"
    succeed(warren, "restart", "box")
    assert run(warren, "cat", "/srv/new place/file").stdout == b"from the host\n"
    assert len([line for line in run(warren, "cat", "/proc/mounts").stdout.splitlines() if b"/srv/new" in line]) == 1


def test_a_single_file_too(warren, box, shared):
    add(warren, *bind("/etc/motd", shared / "file"))
    assert run(warren, "cat", "/etc/motd").stdout == b"from the host\n"


def test_what_is_read_only_stays_so(warren, box, shared):
    """Root inside may take it away, which harms nobody, but not make it writable."""
    add(warren, *bind("/srv", shared))
    assert run(warren, "touch", "/srv/x").returncode != 0
    for attack in ("mount -o remount,bind,rw /srv", "mount -o remount,rw /srv",
                   "mkdir /s2; mount --bind /srv /s2; mount -o remount,bind,rw /s2; touch /s2/x",
                   "mount -o remount,bind,ro,suid,dev /srv; touch /srv/x"):
        run(warren, "sh", "-c", attack)
        assert run(warren, "sh", "-c", "touch /srv/x /s2/x").returncode != 0, attack
    assert sorted(os.listdir(shared)) == ["file", "sub"]
    assert run(warren, "umount", "/srv").returncode == 0


def test_owners_are_translated(warren, box, shared):
    add(warren, *bind("/srv", shared, owner="root", isReadOnly=False))
    assert run(warren, "stat", "-c", "%U", "/srv/file").stdout == b"root\n"
    assert run(warren, "touch", "/srv/made").returncode == 0
    assert (shared / "made").stat().st_uid == 0


def test_a_writable_one_is_nobodys_without_an_owner(warren, box, shared):
    add(warren, *bind("/srv", shared, isReadOnly=False))
    assert run(warren, "touch", "/srv/made").returncode != 0


def test_a_changed_or_removed_one_restarts(warren, box, shared):
    add(warren, *bind("/srv", shared))
    for settings in (bind("/srv", shared, isReadOnly=False), ("-s", "bindMounts={}")):
        before = process(warren)
        said = succeed(warren, "update", "box", *settings).stdout.decode()
        assert "(restart)" in said and process(warren) != before


def test_a_device_restarts(warren, box):
    said = succeed(warren, "update", "box", *bind("/dev/fuse", "/dev/zero")).stdout.decode()
    assert '"/dev/fuse" (restart)' in said


def test_a_source_that_is_missing_leaves_all_as_it_was(warren, box, tmp_path):
    failed = warren.run("update", "box", *bind("/srv", tmp_path / "absent"))
    assert failed.returncode != 0 and b"absent" in failed.stderr and failed.stderr.count(b"\n") == 1
    assert process(warren) == box and state(warren, "box")["generation"] == "1"
    assert b"/srv" not in run(warren, "cat", "/proc/mounts").stdout


def test_a_failure_takes_the_first_one_away_again(warren, box, shared):
    """The second place is found to be none only when the first one is mounted."""
    run(warren, "touch", "/b")
    both = {"/a": {"hostPath": str(shared)}, "/b": {"hostPath": str(shared)}}
    failed = warren.run("update", "box", *binds(both))
    assert failed.returncode != 0 and b"cannot be mounted over a file" in failed.stderr
    assert b" /a " not in run(warren, "cat", "/proc/mounts").stdout and process(warren) == box
    assert run(warren, "test", "-d", "/a").returncode == 0, "it had been there"


def test_links_inside_lead_nowhere_else(warren, box, shared, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    run(warren, "ln", "-s", str(outside), "/trap")
    run(warren, "ln", "-s", "/../../../../.." + str(outside), "/climb")
    for trap in ("/trap/x", "/climb/x"):
        warren.run("update", "box", *bind(trap, shared))
    assert list(outside.iterdir()) == []


def test_one_that_swaps_links_meanwhile_gets_it_inside(warren, box, shared, tmp_path):
    """The place is a descriptor beneath the container's root: wherever the swaps lead, it is inside."""
    outside = tmp_path / "outside"
    outside.mkdir()
    swap = f"mkdir /d; while :; do mv /d /e; ln -s {outside} /d; rm /d; mv /e /d; done"
    swapper = subprocess.Popen(warren.command("run", "box", "--", "sh", "-c", swap), env=warren.environment,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    targets, outcomes = {}, set()
    for number in range(20):
        targets[f"/d/{number}"] = {"hostPath": str(shared)}
        outcomes.add(warren.run("update", "box", *binds(targets)).returncode)
    swapper.kill()
    swapper.wait()
    assert 0 in outcomes, "some got their place"
    assert list(outside.iterdir()) == []
    assert str(outside) not in pathlib.Path("/proc/self/mounts").read_text()


def test_devices_in_it_are_dead(warren, box, shared):
    os.mknod(shared / "kmsg", stat.S_IFCHR | 0o666, os.makedev(1, 11))
    (shared / "kmsg").chmod(0o666)
    os.close(os.open(shared / "kmsg", os.O_RDONLY))
    add(warren, *bind("/srv", shared, isReadOnly=False, owner="root"))
    assert run(warren, "mknod", "/srv/mine", "c", "1", "3").returncode != 0
    refused = run(warren, "head", "-c1", "/srv/kmsg")
    assert refused.returncode != 0 and b"not permitted" in refused.stderr
