"""--template: all of a copy appears, or nothing, whatever happens meanwhile."""
import os
import pathlib
import signal
import subprocess

import pytest

from harness import eventually, is_gone


@pytest.fixture
def large(busybox):
    """A tree that takes a while to copy: many files, no extents to share."""
    many = busybox / "many"
    many.mkdir()
    for i in range(4000):
        (many / f"{i}").write_bytes(b"x" * 4096)
    return busybox


def copier(parent):
    """The cp that this process has started."""
    file = pathlib.Path(f"/proc/{parent}/task/{parent}/children")
    return int(eventually(lambda: file.read_text().split()[:1])[0])


def names(directory):
    return sorted(p.name for p in directory.iterdir() if p.name not in ("warren-root", "nifty"))


def start(warren, tree, copy, *command):
    return warren.start("spawn", f"--template={tree}", "-D", copy, *command)


def test_template(warren, busybox, tmp_path):
    (busybox / "etc/hard").write_text("linked")
    (busybox / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")
    os.link(busybox / "etc/hard", busybox / "etc/link")
    os.setxattr(busybox / "etc/hard", "user.note", b"kept")
    busybox.chmod(0o711)
    copy = tmp_path / "copy"
    result = warren.run("spawn", f"--template={busybox}/", "-D", f"{copy}/", "touch", "/mark")
    assert result.returncode == 0, result.stderr
    assert (copy / "mark").exists() and not (busybox / "mark").exists()
    assert (copy / "etc/hard").stat().st_ino == (copy / "etc/link").stat().st_ino
    assert os.getxattr(copy / "etc/hard", "user.note") == b"kept"
    assert (copy / "home/luser").stat().st_uid == 1000
    assert copy.stat().st_mode == busybox.stat().st_mode
    # As with systemd-nspawn, what says who the system is stays as it was.
    assert (copy / "etc/machine-id").read_text() == "0123456789abcdef0123456789abcdef\n"
    assert (copy / "etc/hostname").read_text() == "nifty\n"
    # The second time it is used as it is.
    (busybox / "etc/new").write_text("")
    assert warren.run("spawn", f"--template={busybox}", "-D", copy, "ls", "/etc/new").returncode == 1
    assert names(tmp_path) == ["copy"]


@pytest.mark.parametrize("template", ["nowhere", "file"])
def test_template_that_is_none_leaves_nothing(warren, tmp_path, template):
    (tmp_path / "file").write_text("")
    result = warren.run("spawn", f"--template={tmp_path}/{template}", "-D", tmp_path / "copy", "true")
    assert result.returncode == 125
    assert result.stderr.count(b"\n") == 1 and template.encode() in result.stderr
    assert names(tmp_path) == ["file"]


def test_template_into_itself(warren, busybox):
    result = warren.run("spawn", f"--template={busybox}", "-D", busybox / "mnt/copy", "true")
    assert result.returncode == 125
    assert result.stderr.count(b"\n") == 1 and b"into itself" in result.stderr
    assert list((busybox / "mnt").iterdir()) == []


def test_full_disk_leaves_nothing(warren, busybox, tmp_path):
    (tmp_path / "small").mkdir()
    script = (f"mount -t tmpfs -o size=512k small {tmp_path}/small && "
              f"{' '.join(warren.command('spawn'))} --template={busybox} -D {tmp_path}/small/copy true;"
              f"echo $?; ls -A {tmp_path}/small")
    result = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True,
                            env=warren.environment, stdin=subprocess.DEVNULL)
    assert result.stdout == "125\n"
    line, = result.stderr.splitlines()
    assert line.startswith(f"warren: make {tmp_path}/small/copy: ") and line.endswith("No space left on device")


def test_subvolumes_become_snapshots_with_those_in_them(warren, busybox, tmp_path):
    image, mount = tmp_path / "btrfs.img", tmp_path / "btrfs"
    mount.mkdir()
    with open(image, "wb") as file:
        file.truncate(256 << 20)
    subprocess.run(["mkfs.btrfs", "-q", image], check=True, capture_output=True)
    script = (f'set -e; mount -o loop {image} {mount}; cd {mount}; btrfs -q subvolume create tree;'
              f'cp -a {busybox}/. tree; mkdir tree/srv;'
              'for s in tree/srv/one tree/srv/one/two tree/top; do btrfs -q subvolume create $s; '
              'echo of $s > $s/file; done;'
              'mkdir ".#copy.copy"; btrfs -q subvolume snapshot tree ".#copy.copy/tree";'  # of a killed one
              '"$@" --template=tree -D copy cat /srv/one/file /srv/one/two/file /top/file;'
              'echo changed > copy/srv/one/two/file; cat tree/srv/one/two/file; ls -A; '
              'btrfs subvolume list . | wc -l; "$@" -M box -xD copy cat /top/file /srv/one/two/file;'
              f'"$@" --template=copy -D {tmp_path}/elsewhere cat /srv/one/two/file')
    result = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", *warren.command("spawn")], text=True,
                            capture_output=True, env=warren.environment, stdin=subprocess.DEVNULL)
    assert result.stdout.splitlines() == [
        "of tree/srv/one", "of tree/srv/one/two", "of tree/top", "of tree/srv/one/two", "copy", "tree", "8",
        "of tree/top", "changed", "changed"], result.stderr
    image.unlink()


def test_killed_warren_leaves_no_half_tree(warren, large, tmp_path):
    child = start(warren, large, tmp_path / "copy", "true")
    cp = copier(child.pid)
    child.kill()
    child.wait(timeout=10)
    eventually(lambda: is_gone(cp))
    assert names(tmp_path) == [".#copy.copy"]
    shown = warren.run("spawn", f"--template={large}", "-D", tmp_path / "copy", "sh", "-c", "ls /many | wc -l")
    assert shown.stdout == b"4000\n", shown.stderr
    assert names(tmp_path) == ["copy"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_copy_can_be_ended(warren, large, tmp_path, number):
    child = start(warren, large, tmp_path / "copy", "true")
    cp = copier(child.pid)
    child.send_signal(number)
    assert child.wait(timeout=10) == 125
    assert is_gone(cp)
    assert f"interrupted by {number.name}".encode() in child.stderr.read()
    assert names(tmp_path) == []


def test_several_at_once_make_one_copy(warren, large, tmp_path):
    several = [start(warren, large, tmp_path / "copy", "sh", "-c", "ls /many | wc -l") for _ in range(3)]
    for child in several:
        output, errors = child.communicate(timeout=60)
        assert (child.returncode, output) == (0, b"4000\n"), errors
    assert names(tmp_path) == ["copy"]


def test_copy_of_another_user_is_not_touched(warren, busybox, tmp_path):
    planted = tmp_path / ".#copy.copy"
    planted.mkdir()
    (planted / "evil").write_text("")
    os.chown(planted, 1000, 1000)
    result = warren.run("spawn", f"--template={busybox}", "-D", tmp_path / "copy", "true")
    assert result.returncode == 125
    assert b"it is somebody else's" in result.stderr
    assert [p.name for p in planted.iterdir()] == ["evil"]
    planted.joinpath("evil").unlink(), planted.rmdir()
    planted.symlink_to(busybox)
    result = warren.run("spawn", f"--template={busybox}", "-D", tmp_path / "copy", "true")
    assert result.returncode == 125 and result.stderr.count(b"\n") == 1
    assert (busybox / "bin/busybox").exists()
