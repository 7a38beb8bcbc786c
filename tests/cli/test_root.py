"""The root tree: copies, throw-away layers, read-only, volatile, shared, and no litter in it."""
import os
import pathlib
import shutil
import subprocess

import pytest

from harness import eventually, host_mounts, is_gone, listing


def test_missing_tree(warren, tmp_path):
    result = warren.spawn(tmp_path / "nowhere", "true")
    assert result.returncode == 125
    assert result.stderr == (f"warren: open root tree {tmp_path}/nowhere: No such file or directory "
                             "(--directory takes the path of one, --template makes one)\n").encode()


def test_file_is_no_tree(warren, tmp_path):
    (tmp_path / "file").write_text("")
    result = warren.spawn(tmp_path / "file", "true")
    assert result.returncode == 125
    assert b"file: Not a directory (--directory takes the path of one)" in result.stderr


def test_hosts_root_only_with_ephemeral_or_volatile(warren):
    result = warren.spawn("/", "true")
    assert result.returncode == 125
    assert b"the host's own root runs only with --ephemeral or --volatile" in result.stderr
    mark = f"/var/tmp/warren-test-{os.getpid()}"
    result = warren.spawn("/", "-x", "sh", "-c", f"echo x > {mark} && cat {mark}")
    assert (result.returncode, result.stdout) == (0, b"x\n"), result.stderr
    assert not os.path.exists(mark)


def test_current_directory_is_the_default(warren, busybox):
    result = warren.run("spawn", "cat", "/etc/os-release", cwd=busybox)
    assert b"nifty" in result.stdout


def test_tree_by_machine_name(warren, busybox, tmp_path):
    link = pathlib.Path(f"/var/lib/machines/warren-test-{os.getpid()}")
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(busybox)
    try:
        result = warren.run("spawn", "-M", link.name, "hostname")
        assert result.stdout.decode() == f"{link.name}\n"
    finally:
        link.unlink()
    result = warren.run("spawn", "-M", "no-such-machine", "true")
    assert b"no root tree of that name" in result.stderr


def test_bare_tree_gets_mount_points_and_no_litter(warren, bare):
    before = listing(bare)
    shown = warren.report(bare, "--bind-ro=/etc/hostname:/some/where/file",
                          "--tmpfs=/deep/er/dir", "--bind=/usr:/host usr")
    assert "/some/where/file" in shown["mountinfo"]
    assert listing(bare) == before
    assert warren.spawn(bare, "/bin/missing").returncode == 127
    assert listing(bare) == before


def test_last_of_several_takes_the_litter(warren, bare):
    before = listing(bare)
    first = warren.start("spawn", "-D", bare, "-M", "one", "payload", "signals")
    second = warren.start("spawn", "-D", bare, "-M", "two", "payload", "signals")
    warren.leader("one"), warren.leader("two")
    first.terminate()
    first.wait(timeout=10)
    assert (bare / "proc").is_dir()
    assert second.poll() is None
    second.terminate()
    second.wait(timeout=10)
    assert listing(bare) == before


def test_killed_warrens_litter_goes_with_the_next(warren, bare):
    before = listing(bare)
    child = warren.start("spawn", "-D", bare, "-M", "one", "payload", "signals")
    leader = warren.leader("one")
    child.kill()
    child.wait(timeout=10)
    eventually(lambda: is_gone(leader))
    assert (bare / "proc").is_dir()
    warren.output(bare, "-M", "one", "payload", "report")
    assert listing(bare) == before


def test_mount_points_that_got_content_stay(warren, bare, tmp_path):
    warren.output(bare, "--tmpfs=/data", "payload", "report")
    child = warren.start("spawn", "-D", bare, "--tmpfs=/data", "-M", "one", "payload", "signals")
    warren.leader("one")
    (bare / "data/precious").write_text("written from the host")
    child.terminate()
    child.wait(timeout=10)
    assert (bare / "data/precious").exists()
    shutil.rmtree(bare / "data")


def test_several_on_one_tree_share_files_not_processes(warren, busybox):
    shell = "echo x > /root/{0}; while [ ! -e /root/{1} ]; do sleep 0.01; done; ps -o comm; hostname"
    one = warren.start("spawn", "-D", busybox, "-M", "one", "sh", "-c", shell.format("a", "b"))
    two = warren.start("spawn", "-D", busybox, "-M", "two", "sh", "-c", shell.format("b", "a"))
    for container, name in ((one, b"one"), (two, b"two")):
        output, _ = container.communicate(timeout=10)
        assert output.split() == [b"COMMAND", b"sh", b"ps", name]
    # Different ids outside, one owner on disk.
    assert {(busybox / "root" / name).stat().st_uid for name in "ab"} == {0}


def test_ephemeral_keeps_nothing(warren, busybox):
    before = listing(busybox)
    shown = warren.output(busybox, "-x", "sh", "-c",
                          "rm -r /home; echo changed > /etc/passwd; mkdir /new; cat /etc/passwd; ls /")
    assert "changed" in shown and "new" in shown and "home" not in shown
    assert listing(busybox) == before
    assert "root::" in (busybox / "etc/passwd").read_text()


def test_ephemeral_names_itself_and_survives_a_reboot(warren, busybox):
    names = {warren.output(busybox, "-x", "hostname") for _ in range(2)}
    assert len(names) == 2 and all(n.startswith("nifty-") for n in names)
    shown = warren.output(busybox, "-x", "sh", "-c",
                          "if [ -e /once ]; then echo kept; else touch /once; payload reboot; fi")
    assert shown == "kept\n"


def test_ephemeral_is_no_copy(warren, busybox):
    with open(busybox / "big", "wb") as file:
        file.truncate(1 << 40)  # a full copy would take a while
    assert warren.output(busybox, "-x", "sh", "-c", "ls -l /big | tr -s ' ' | cut -d' ' -f5") == \
        f"{1 << 40}\n"


def test_ephemeral_files_belong_to_the_right_users(warren, busybox):
    shown = warren.output(busybox, "-x", "sh", "-c",
                          "touch /x && chown 1000:1000 /x && stat -c %u /x / /etc/passwd /home/luser;"
                          "cat /etc/passwd > /tmp/copy && cp -p /home/luser /y -r && stat -c %u /y")
    assert shown.split() == ["1000", "0", "0", "1000", "1000"]


def test_read_only(warren, busybox):
    result = warren.spawn(busybox, "--read-only", "sh", "-c",
                          "touch /x; touch /tmp/ok /run/ok && echo writable; mount -o remount,rw /")
    assert b"touch: /x: Read-only file system" in result.stderr
    assert result.stdout == b"writable\n"
    assert result.returncode != 0
    assert not (busybox / "x").exists()


def test_read_only_bare_tree(warren, bare):
    before = listing(bare)
    warren.report(bare, "--read-only")
    assert listing(bare) == before


@pytest.fixture
def merged(busybox):
    """A tree whose programs are all in /usr."""
    (busybox / "usr/bin").unlink()
    (busybox / "bin").rename(busybox / "usr/bin")
    (busybox / "bin").symlink_to("usr/bin")
    (busybox / "sbin").unlink()
    (busybox / "sbin").symlink_to("usr/bin")
    (busybox / "var/log/old").write_text("")
    return busybox


def test_volatile_yes_has_only_usr(warren, merged):
    before = listing(merged)
    shown = warren.output(merged, "--volatile", "sh", "-c",
                          "ls -d /*; touch /x && echo root writable; touch /usr/x || echo usr not")
    assert "/etc" not in shown and "/bin" in shown
    assert "root writable" in shown and "usr not" in shown
    assert listing(merged) == before


def test_volatile_state_has_an_empty_var(warren, merged):
    before = listing(merged)
    shown = warren.output(merged, "--volatile=state", "sh", "-c",
                          "ls /var; touch /var/x && echo var writable; touch /x || echo root not")
    assert shown == "var writable\nroot not\n"
    assert listing(merged) == before


def test_volatile_overlay_forgets(warren, merged):
    before = listing(merged)
    shown = warren.output(merged, "--volatile=overlay", "sh", "-c",
                          "touch /x /usr/x && rm /var/log/old && ls /x /usr/x /var/log")
    assert "old" not in shown
    assert listing(merged) == before


def test_pivot_root(warren, busybox, tmp_path):
    (busybox / "deploy").mkdir()
    for name in ("bin", "etc", "usr", "sbin"):
        (busybox / name).rename(busybox / "deploy" / name)
    for name in ("proc", "sys", "dev", "run", "tmp", "sysroot"):
        (busybox / "deploy" / name).mkdir()
    shown = warren.output(busybox, "--pivot-root=/deploy:/sysroot", "sh", "-c",
                          "ls -d /etc/passwd /sysroot/home /sysroot/deploy")
    assert shown.split() == ["/etc/passwd", "/sysroot/deploy", "/sysroot/home"]
    shown = warren.output(busybox, "--pivot-root=/deploy", "ls", "/sysroot")
    assert shown == ""


def test_pivot_root_leaves_no_litter_and_takes_nothing(warren, busybox):
    """Mount points are made in the new root, and not looked for in the old one afterwards."""
    deploy = busybox / "deploy"
    deploy.mkdir()
    shutil.copytree(busybox / "bin", deploy / "bin", symlinks=True)
    before = listing(busybox)
    assert {"dev", "proc", "run", "sys", "tmp"} <= {name for name, *_ in before}
    warren.output(busybox, "--pivot-root=/deploy", "--tmpfs=/made/here", "true")
    assert listing(busybox) == before
    (deploy / "sysroot").mkdir()
    before = listing(busybox)
    warren.output(busybox, "--pivot-root=/deploy:/sysroot", "--tmpfs=/sysroot/made/here", "true")
    assert listing(busybox) == before


def test_mount_points_below_a_bind_mount_are_not_the_trees(warren, busybox, tmp_path):
    outside = tmp_path / "outside"  # on the file system that the tree is on
    outside.mkdir()
    (busybox / "mnt/deep").mkdir()
    before = listing(busybox)
    warren.output(busybox, f"--bind={outside}:/mnt:idmap", "--tmpfs=/mnt/deep", "true")
    assert listing(busybox) == before
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("link", ["proc", "sys", "dev", "run", "tmp"])
@pytest.mark.parametrize("target", ["/", "../../..", "/etc"])
def test_hostile_links_where_api_file_systems_go(warren, bare, link, target):
    (bare / link).symlink_to(target)
    mounts = host_mounts()
    before = listing(bare)
    result = warren.spawn(bare, "payload", "report")
    assert result.returncode == 125
    assert f"mount /{link}: it is a symbolic link or a file in the image".encode() in result.stderr
    assert host_mounts() == mounts
    assert listing(bare) == before


def test_mount_targets_through_links_stay_inside(warren, busybox):
    outside = pathlib.Path(f"/var/tmp/warren-test-{os.getpid()}")
    outside.mkdir()
    try:
        (busybox / "escape").symlink_to(outside)
        (busybox / "up").symlink_to("../../../../../../..")
        shown = warren.output(busybox, "--tmpfs=/up/tmp-here", "ls", "-d", "/tmp-here")
        assert shown == "/tmp-here\n"
        assert not os.path.exists("/tmp-here")
        result = warren.spawn(busybox, "--tmpfs=/escape/made", "true")
        assert result.returncode == 125
        assert b"open /escape: No such file or directory (a symbolic link" in result.stderr
        # The same path inside: there it may be.
        (busybox / str(outside)[1:]).mkdir(parents=True)
        shown = warren.output(busybox, "--tmpfs=/escape/made", "ls", "-d", f"{outside}/made")
        assert shown == f"{outside}/made\n"
        assert list(outside.iterdir()) == []
    finally:
        outside.rmdir()


def test_hostile_etc_stays_inside(warren, busybox, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "passwd").write_text("root::0:0::/:/bin/sh\nhost:x:7:7::/:/bin/sh\n")
    shutil.rmtree(busybox / "etc")
    (busybox / "etc").symlink_to(outside)
    result = warren.spawn(busybox, "-u", "host", "true")
    assert b"no such user" in result.stderr
    assert sorted(p.name for p in outside.iterdir()) == ["passwd"]


def test_fifos_and_devices_do_not_hold_warren_up(warren, busybox):
    for name in ("passwd", "machine-id", "resolv.conf", "group"):
        path = busybox / "etc" / name
        if path.exists():
            path.unlink()
        os.mkfifo(path)
    assert warren.spawn(busybox, "true", timeout=10).returncode == 0
    assert warren.spawn(busybox, "-u", "1000", "true", timeout=10).returncode == 0
    result = warren.spawn(busybox, "-u", "luser", "true", timeout=10)
    assert b"no such user" in result.stderr


def test_read_only_has_no_second_way_in(warren, busybox):
    """Mounts below the tree, a second view of a part of it, the old root after a pivot."""
    for directory in ("below", "part/old"):
        (busybox / directory).mkdir(parents=True)
    (busybox / "part/bin").symlink_to("/old/bin")
    shutil.copy(busybox / "bin/busybox", busybox / "part/busybox")
    attempts = [
        (["--bind=+/etc:/mnt"], "touch /mnt/made"),
        (["--bind=+/:/mnt"], "touch /mnt/etc/made"),
        (["--volatile=state", "--bind=+/etc:/mnt"], "touch /mnt/made"),
        (["--pivot-root=/part:/old"], "/busybox touch /old/etc/made"),
        ([], "touch /below/made"),
    ]
    for options, attempt in attempts:
        command = ["/busybox", "sh"] if "--pivot-root=/part:/old" in options else ["sh"]
        result = subprocess.run(
            ["unshare", "-m", "sh", "-ec", f'mount -t tmpfs -o mode=777 tmpfs {busybox}/below; exec "$@"',
             "sh", *warren.command("spawn", "-D", busybox, "--read-only", *options, *command, "-c", attempt)],
            env=warren.environment, capture_output=True, stdin=subprocess.DEVNULL)
        assert b"Read-only file system" in result.stderr, (options, result.stderr)
    result = warren.spawn(busybox, "--read-only", "--overlay=+/etc:+/home:/mnt", "touch", "/mnt/made")
    assert result.returncode == 125
    assert b"--overlay: its upper layer would change a read-only tree" in result.stderr
    assert warren.output(busybox, "--read-only", "--overlay=+/etc::/mnt", "touch", "/mnt/made") == ""
    assert not list(busybox.rglob("made"))
