"""Mounts that a running container gets when they are declared, and what root inside can do to them."""
import json
import os
import pathlib
import stat
import subprocess

import pytest

from declared import state, stop_all, succeed


@pytest.fixture(autouse=True)
def nothing_is_left(warren):
    yield
    stop_all(warren)


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


def test_a_failure_takes_the_first_one_away_again(warren, box, shared, tmp_path):
    both = {"/a": {"hostPath": str(shared)}, "/b": {"hostPath": str(tmp_path / "absent")}}
    assert warren.run("update", "box", *binds(both)).returncode != 0
    assert b" /a " not in run(warren, "cat", "/proc/mounts").stdout


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
    targets = {}
    for number in range(20):
        targets[f"/d/{number}"] = {"hostPath": str(shared)}
        warren.run("update", "box", *binds(targets))
    swapper.kill()
    swapper.wait()
    assert list(outside.iterdir()) == []
    assert str(outside) not in pathlib.Path("/proc/self/mounts").read_text()


def test_set_id_and_devices_in_it_are_dead(warren, box, shared):
    os.mknod(shared / "zero", stat.S_IFCHR | 0o666, os.makedev(1, 9))
    add(warren, *bind("/srv", shared, isReadOnly=False, owner="root"))
    assert run(warren, "mknod", "/srv/mine", "c", "1", "3").returncode != 0
    os.mknod(shared / "disk", stat.S_IFBLK | 0o666, os.makedev(8, 0))
    assert run(warren, "head", "-c1", "/srv/disk").returncode != 0
