"""Mounts that are asked for: bind, tmpfs, overlay, inaccessible; resolv.conf, timezone."""
import contextlib
import os
import pathlib
import socket
import subprocess
import threading

import pytest

from harness import listing


@pytest.fixture
def shared(tmp_path):
    """A directory of the host's, with a file of root and one of user 1000."""
    directory = tmp_path / "shared"
    directory.mkdir()
    (directory / "of-root").write_text("root's\n")
    (directory / "of-user").write_text("user's\n")
    os.chown(directory / "of-user", 1000, 1000)
    return directory


def owners(warren, tree, *options):
    """Numbers of the owners of /shared, of-root and of-user, inside."""
    shown = warren.output(tree, *options, "stat", "-c", "%u", "/shared", "/shared/of-root",
                          "/shared/of-user")
    return [int(n) for n in shown.split()]


def test_bind_shows_a_directory(warren, busybox, shared):
    assert warren.output(busybox, f"--bind={shared}:/shared", "cat", "/shared/of-root") == "root's\n"
    assert warren.output(busybox, f"--bind={shared}", "cat", f"{shared}/of-root") == "root's\n"
    assert not (busybox / "shared").exists()


def test_relative_source(warren, busybox, shared):
    result = warren.run("spawn", "-D", busybox, "--bind-ro=shared:/shared", "cat", "/shared/of-root",
                        cwd=shared.parent)
    assert result.stdout == b"root's\n"


def test_bind_of_a_file_over_a_file(warren, busybox, shared):
    before = listing(busybox)
    shown = warren.output(busybox, f"--bind-ro={shared}/of-root:/etc/passwd",
                          f"--bind={shared}/of-root:/etc/new/file", "cat", "/etc/passwd",
                          "/etc/new/file")
    assert shown == "root's\nroot's\n"
    assert listing(busybox) == before


def test_owners_of_a_bind_mount(warren, busybox, shared):
    bind = f"--bind={shared}:/shared"
    assert owners(warren, busybox, bind) == [65534, 65534, 65534]
    assert owners(warren, busybox, bind + ":noidmap") == [65534, 65534, 65534]
    assert owners(warren, busybox, bind + ":idmap") == [0, 0, 1000]
    assert owners(warren, busybox, bind + ":rootidmap") == [0, 0, 65534]
    os.chown(shared, 1000, 1000)
    assert owners(warren, busybox, bind + ":rootidmap") == [0, 65534, 0]
    (busybox / "shared").mkdir()
    os.chown(busybox / "shared", 33, 33)
    assert owners(warren, busybox, bind + ":owneridmap") == [33, 65534, 33]
    assert owners(warren, busybox, bind, "--private-users=no") == [1000, 0, 1000]


def test_files_made_through_a_mapped_bind_belong_to_its_owner(warren, busybox, shared):
    os.chown(shared, 1000, 1000)
    warren.output(busybox, f"--bind={shared}:/shared:rootidmap", "touch", "/shared/made")
    assert (shared / "made").stat().st_uid == 1000
    warren.output(busybox, f"--bind={shared}:/shared:idmap", "-u", "1000", "touch", "/shared/too")
    assert (shared / "too").stat().st_uid == 1000
    result = warren.spawn(busybox, f"--bind={shared}:/shared", "touch", "/shared/not")
    assert result.returncode != 0 and not (shared / "not").exists()


def test_mapping_owners_needs_a_user_namespace(warren, busybox, shared):
    result = warren.spawn(busybox, "--private-users=no", f"--bind={shared}:/shared:idmap", "true")
    assert result.returncode == 125
    assert b"owners are mapped only where there is a user namespace" in result.stderr


@pytest.mark.parametrize("users", ["pick", "identity"])
def test_read_only_bind_cannot_be_made_writable(warren, busybox, shared, users):
    attempts = ["touch /shared/x", "mount -o remount,rw /shared", "mount -o remount,bind,rw /shared",
                "umount /shared", "mount --move /shared /mnt", "echo x > /shared/of-root"]
    for attempt in attempts:
        result = warren.spawn(busybox, f"--private-users={users}",
                              f"--bind-ro={shared}:/shared:idmap", "sh", "-c", attempt)
        assert result.returncode != 0, attempt
    assert sorted(p.name for p in shared.iterdir()) == ["of-root", "of-user"]


def mount_in_namespace(script, *command):
    """Runs a command after a script in a mount namespace of its own."""
    return subprocess.run(["unshare", "-m", "sh", "-ec", script + '\nexec "$@"', "sh", *map(str, command)],
                          capture_output=True, stdin=subprocess.DEVNULL)


def test_mounts_below_the_source(warren, busybox, shared):
    (shared / "below").mkdir()
    script = f"mount -t tmpfs tmpfs {shared}/below && touch {shared}/below/on-tmpfs"
    for option, shown in (("rbind", b"on-tmpfs\n"), ("norbind", b"")):
        result = subprocess.run(
            ["unshare", "-m", "sh", "-ec", f'{script}; exec "$@"', "sh",
             *warren.command("spawn", "-D", busybox, f"--bind={shared}:/shared:{option}", "ls",
                             "/shared/below")],
            env=warren.environment, capture_output=True, stdin=subprocess.DEVNULL)
        assert result.stdout == shown, result.stderr


def test_read_only_bind_holds_below_too(warren, busybox, shared):
    (shared / "below").mkdir()
    result = subprocess.run(
        ["unshare", "-m", "sh", "-ec", f'mount -t tmpfs -o mode=777 tmpfs {shared}/below; exec "$@"', "sh",
         *warren.command("spawn", "-D", busybox, f"--bind-ro={shared}:/shared", "touch",
                         "/shared/below/x")],
        env=warren.environment, capture_output=True, stdin=subprocess.DEVNULL)
    assert b"Read-only file system" in result.stderr


def test_source_inside_and_temporary_source(warren, busybox):
    shown = warren.output(busybox, "--bind=+/etc:/copy of etc", "--bind-ro=:/scratch", "sh", "-c",
                          "cat '/copy of etc/hostname'; stat -c '%u %a' /scratch; "
                          "touch /scratch/x || echo read-only")
    assert shown == "nifty\n0 755\nread-only\n"
    shown = warren.output(busybox, "--bind=:/var/scratch", "sh", "-c",
                          "echo kept > /var/scratch/x; cat /var/scratch/x")
    assert shown == "kept\n"


def test_escapes_in_paths(warren, busybox, tmp_path):
    odd = tmp_path / "a:b\\c"
    odd.mkdir()
    (odd / "file").write_text("found\n")
    escaped = str(odd).replace("\\", "\\\\").replace(":", "\\:")
    assert warren.output(busybox, f"--bind={escaped}:/x\\:y", "cat", "/x:y/file") == "found\n"


def test_missing_source(warren, busybox, tmp_path):
    before = listing(busybox)
    result = warren.spawn(busybox, f"--bind={tmp_path}/nowhere:/x", "true")
    assert result.returncode == 125
    assert result.stderr == (f"warren: start nifty: open_tree {tmp_path}/nowhere: No such file or "
                             "directory (create it, or correct the path)\n").encode()
    assert listing(busybox) == before


def test_mounts_come_parents_first(warren, busybox, shared):
    shown = warren.output(busybox, f"--bind={shared}:/data/deep/er", "--tmpfs=/data", "ls", "/data",
                          "/data/deep/er")
    assert shown == "/data:\ndeep\n\n/data/deep/er:\nof-root\nof-user\n"


def test_tmpfs(warren, busybox):
    shown = warren.output(busybox, "--tmpfs=/data", "--tmpfs=/big:size=1M,mode=0700,uid=1000,noexec",
                          "--tmpfs=/tmp:size=64K", "sh", "-c",
                          "stat -c '%a %u' /data /big; grep ' /big ' /proc/mounts; df -k /tmp | tail -1")
    lines = shown.splitlines()
    assert lines[0] == "755 0"
    assert lines[1] == "700 1000"
    assert "noexec" in lines[2] and "nosuid" in lines[2] and "size=1024k" in lines[2]
    assert lines[3].split()[1] == "64"
    result = warren.spawn(busybox, "--tmpfs=/data:no-such-option", "true")
    assert result.returncode == 125
    assert b"no-such-option" in result.stderr


def test_overlay(warren, busybox, tmp_path):
    low, middle, upper = (tmp_path / name for name in ("low", "middle", "upper"))
    for directory in (low, middle, upper):
        directory.mkdir()
        (directory / directory.name).write_text("")
        (directory / "who").write_text(directory.name + "\n")
        os.chmod(directory, 0o777)
    result = warren.output(busybox, f"--overlay={low}:{middle}:{upper}:/all", "sh", "-c",
                           "ls /all; cat /all/who; touch /all/new")
    assert result == "low\nmiddle\nupper\nwho\nupper\n"
    assert (upper / "new").exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == \
        ["low", "middle", "nifty", "upper", "warren-root"]
    result = warren.spawn(busybox, f"--overlay-ro={low}:{middle}:/all", "sh", "-c",
                          "cat /all/who; touch /all/new")
    assert result.stdout == b"middle\n"
    assert b"Read-only file system" in result.stderr
    shown = warren.output(busybox, f"--overlay=+/etc:{low}::/etc", "sh", "-c",
                          "cat /etc/who; echo mine > /etc/hostname; cat /etc/hostname")
    assert shown == "low\nmine\n"
    assert (busybox / "etc/hostname").read_text() == "nifty\n"
    assert (low / "who").read_text() == "low\n"


def test_overlay_of_two_is_shown_at_the_upper_ones_place(warren, busybox, tmp_path):
    low, upper = tmp_path / "low", tmp_path / "upper"
    low.mkdir(), upper.mkdir()
    (low / "below").write_text("")
    shown = warren.output(busybox, f"--overlay={low}:{upper}", "ls", upper)
    assert shown == "below\n"


def test_overlay_with_an_upper_layer_in_the_image(warren, busybox, tmp_path):
    low = tmp_path / "low"
    low.mkdir()
    (low / "below").write_text("")
    (busybox / "srv").mkdir()
    before = {p for p, _, _ in listing(busybox)}
    shown = warren.output(busybox, f"--overlay={low}:+/srv", "sh", "-c", "touch /srv/made; ls /srv")
    assert shown == "below\nmade\n"
    assert {p for p, _, _ in listing(busybox)} - before == {"srv/made"}
    assert (busybox / "srv/made").stat().st_uid == 0


def test_inaccessible(warren, busybox):
    os.mkfifo(busybox / "pipe")
    shown = warren.spawn(busybox, "--inaccessible=/etc/passwd", "--inaccessible=/home",
                         "--inaccessible=/pipe", "-u", "1000", "sh", "-c",
                         "stat -c '%a %F' /etc/passwd /home /pipe; cat /etc/passwd; ls /home")
    assert shown.stdout == b"0 regular empty file\n0 directory\n0 fifo\n"
    assert shown.stderr.count(b"Permission denied") == 2
    shown = warren.spawn(busybox, "--inaccessible=/etc/passwd", "cat", "/etc/passwd")
    assert shown.stdout == b""
    result = warren.spawn(busybox, "--inaccessible=/nowhere", "true")
    assert result.returncode == 125
    assert b"/nowhere: No such file or directory" in result.stderr


def test_mounting_over_the_root_is_refused(warren, busybox):
    result = warren.spawn(busybox, "--tmpfs=/", "true")
    assert result.returncode == 125
    assert b"the root itself cannot be mounted over" in result.stderr


HOSTS = pathlib.Path("/etc/resolv.conf")


def resolver(warren, tree, *options):
    return warren.output(tree, *options, "sh", "-c",
                         "cat /etc/resolv.conf 2>/dev/null || echo none").strip()


@pytest.mark.skipif(not HOSTS.exists(), reason="this host has no /etc/resolv.conf")
def test_resolv_conf(warren, busybox):
    hosts = HOSTS.read_text().strip()
    file = busybox / "etc/resolv.conf"
    file.unlink()
    assert resolver(warren, busybox, "--resolv-conf=off") == "none"
    assert resolver(warren, busybox, "--private-network") == "none"
    assert resolver(warren, busybox) == hosts
    assert file.read_text().strip() == hosts
    assert resolver(warren, busybox, "--resolv-conf=delete") == "none"
    file.symlink_to("nowhere")
    assert resolver(warren, busybox, "--resolv-conf=copy-host") == "none"
    assert file.is_symlink()
    assert resolver(warren, busybox, "--resolv-conf=replace-host") == hosts
    assert not file.is_symlink()
    file.write_text("nameserver 192.0.2.1\n")
    assert resolver(warren, busybox, "--resolv-conf=bind-host") == hosts
    assert file.read_text() == "nameserver 192.0.2.1\n"
    assert resolver(warren, busybox, "--read-only") == hosts
    assert file.read_text() == "nameserver 192.0.2.1\n"
    assert resolver(warren, busybox, "-x") == hosts
    assert file.read_text() == "nameserver 192.0.2.1\n"


def test_timezone(warren, busybox):
    link = busybox / "etc/localtime"
    zone = os.readlink("/etc/localtime").split("zoneinfo/")[1]
    warren.output(busybox, "true")
    assert not link.is_symlink()  # the image has no such zone
    target = busybox / "usr/share/zoneinfo" / zone
    target.parent.mkdir(parents=True)
    target.write_bytes(pathlib.Path("/etc/localtime").read_bytes())
    warren.output(busybox, "--timezone=off", "true")
    assert not link.is_symlink()
    warren.output(busybox, "true")
    assert os.readlink(link) == f"../usr/share/zoneinfo/{zone}"
    warren.output(busybox, "--timezone=delete", "true")
    assert not link.is_symlink()
    warren.output(busybox, "--timezone=copy", "true")
    assert link.read_bytes() == pathlib.Path("/etc/localtime").read_bytes()
    link.write_bytes(b"")
    shown = warren.output(busybox, "--timezone=bind", "sh", "-c", "wc -c < /etc/localtime")
    assert int(shown) == os.stat("/etc/localtime").st_size
    assert link.read_bytes() == b""


def test_credentials(warren, busybox, tmp_path):
    (tmp_path / "secret").write_bytes(b"\x00binary\xff")
    shown = warren.spawn(busybox, "--set-credential=a:va\\x6cue\\n", f"--load-credential=b:{tmp_path}/secret",
                         "sh", "-c", "cd $CREDENTIALS_DIRECTORY; pwd; cat a b; stat -c '%a %u' . a;"
                         "touch x; grep credentials /proc/mounts | cut -d' ' -f3,4")
    lines = shown.stdout.split(b"\n", 2)
    assert lines[:2] == [b"/run/host/credentials", b"value"]
    assert lines[2].startswith(b"\x00binary\xff500 0\n400 0\nramfs ro,")
    assert b"Read-only" in shown.stderr
    result = warren.run("spawn", "-D", busybox, "--load-credential=b:secret", "cat",
                        "/run/host/credentials/b", env={"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert result.stdout == b"\x00binary\xff"
    shown = warren.output(busybox, "--set-credential=a:value", "-u", "luser", "sh", "-c",
                          "cd $CREDENTIALS_DIRECTORY; cat a; stat -c ' %a %u' . a")
    assert shown == "value 500 1000\n 400 1000\n"
    assert "CREDENTIALS_DIRECTORY" not in warren.report(busybox)["environment"]


@pytest.mark.parametrize("size", [0, 1 << 20, (1 << 20) + 1])
def test_credential_from_a_socket(warren, busybox, tmp_path, size):
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve():
            connection, _ = listener.accept()
            with connection, contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(bytes(size))
        server = threading.Thread(target=serve)
        server.start()
        result = warren.spawn(busybox, f"--load-credential=b:{path}", "wc", "-c", "/run/host/credentials/b")
        server.join()
    if size <= 1 << 20:
        assert result.stdout.split()[0] == str(size).encode()
    else:
        assert result.returncode == 125 and b"File too large" in result.stderr


def test_credential_from_a_socket_that_nobody_serves(warren, busybox, tmp_path):
    path = tmp_path / "socket"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        result = warren.spawn(busybox, f"--load-credential=b:{path}", "true")
        assert result.returncode == 125 and b"socket: Connection refused" in result.stderr
        listener.listen()
        result = warren.spawn(busybox, f"--load-credential=b:{path}", "true", timeout=60)
        assert result.returncode == 125 and b"socket: Connection timed out" in result.stderr


def test_files_and_directories_do_not_cover_each_other(warren, busybox, tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "directory").mkdir()
    (busybox / "etc/here").write_text("y")
    before = listing(busybox)
    for options, path, reason in (
            ([f"--bind={tmp_path}/file:/tmp"], "/tmp", "a file cannot be mounted over a directory"),
            (["--bind=+/etc/here:/home"], "/home", "a file cannot be mounted over a directory"),
            ([f"--bind={tmp_path}/directory:/etc/here"], "/etc/here", "a directory cannot be mounted over a file"),
            (["--tmpfs=/etc/here"], "/etc/here", "a directory cannot be mounted over a file"),
            ([f"--overlay={tmp_path}/directory::/etc/here"], "/etc/here", "a directory cannot be mounted over a file")):
        result = warren.spawn(busybox, *options, "true")
        assert (result.returncode, result.stderr.decode()) == (125, f"warren: start nifty: mount {path}: {reason}\n")
    assert listing(busybox) == before


@pytest.mark.parametrize("option", ["--tmpfs=/run", "--bind=/etc:/run", "--inaccessible=/run/", "--tmpfs=/run/host"])
def test_places_that_are_the_containers_own(warren, busybox, option):
    before = listing(busybox)
    result = warren.spawn(busybox, option, "true")
    assert result.returncode == 125
    assert b"what the container is told lies in /run/host (mount something at a directory below /run)" in result.stderr
    assert listing(busybox) == before


def test_place_that_cannot_be_made(warren, busybox):
    result = warren.spawn(busybox, "--tmpfs=/sys/no-such-place", "true")
    assert result.stderr == b"warren: start nifty: make mount point /sys/no-such-place: Read-only file system\n"


def test_empty_options_of_a_bind_are_none(warren, busybox, tmp_path):
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/file").write_text("x")
    assert warren.output(busybox, f"--bind={tmp_path}/shared:/mnt:", "cat", "/mnt/file") == "x"
