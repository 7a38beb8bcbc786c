"""Trees with odd names, on odd mounts, with odd things where files should be."""
import os
import resource
import shutil
import subprocess

import pytest

from harness import listing


@pytest.mark.parametrize("name", ["a:b", "a,b", "a b", "a\\b", "a\nb", "a\\:,\"b", "+a", "-a", "ä", "x" * 200])
def test_any_name_will_do(warren, busybox, name):
    """Also for overlays, whose options have separators of their own."""
    tree = busybox.parent / name
    busybox.rename(tree)
    for options in ([], ["-x"], ["--volatile=overlay"], ["--volatile=state"], ["--read-only"]):
        assert warren.output(tree, *options, "cat", "/etc/hostname") == "nifty\n"
    copy = busybox.parent / f"copy of {name}"
    result = warren.run("spawn", f"--template={tree}", "-D", copy, "cat", "/etc/hostname")
    assert result.stdout == b"nifty\n", result.stderr


@pytest.mark.parametrize("spelling", ["{}/", "{}//./", "{}/../nifty", "{}/../link", "{}/../link//"])
def test_any_way_to_it_will_do(warren, busybox, spelling):
    (busybox.parent / "link").symlink_to("nifty")
    for options in ([], ["-x", "-M", "box"]):
        assert warren.output(spelling.format(busybox), *options, "cat", "/etc/hostname") == "nifty\n"
    assert warren.output(spelling.format(busybox), "hostname") == "nifty\n"


def on_a_mount(warren, busybox, commands, *, fill=f"cp -a \"$TREE\"/. \"$MOUNT\""):
    """Runs `commands` in a mount namespace where $MOUNT has a copy of the tree on a tmpfs."""
    mount = busybox.parent / "mount"
    mount.mkdir()
    script = f"set -e; mount -t tmpfs tmpfs \"$MOUNT\"; {fill}; {commands}"
    return subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60,
                          env={**warren.environment, "TREE": str(busybox), "MOUNT": str(mount),
                               "WARREN": str(warren.command()[0])})


def test_mount_point_as_a_tree(warren, busybox):
    result = on_a_mount(warren, busybox, '"$WARREN" spawn -D "$MOUNT" hostname;'
                        '"$WARREN" spawn -M box -xD "$MOUNT" hostname;'
                        '"$WARREN" spawn --template="$MOUNT" -D "$TREE/../copy" hostname')
    assert result.stdout == "mount\nbox\ncopy\n", result.stderr


def test_read_only_mount_as_a_tree(warren, busybox):
    """What nobody asked for and has no place is left out; what was asked for is an error."""
    spawn = '"$WARREN" spawn -D "$MOUNT"'
    result = on_a_mount(
        warren, busybox,
        f'rm -f "$MOUNT"/etc/localtime "$MOUNT"/etc/resolv.conf; mount -o remount,ro "$MOUNT";'
        f'{spawn} hostname; {spawn} --read-only hostname; {spawn} -M box -x sh -c "echo > /x; hostname";'
        f'{spawn} --volatile=overlay --tmpfs=/new hostname; {spawn} --tmpfs=/mnt hostname;'
        f'! {spawn} --tmpfs=/new hostname')
    assert result.stdout == "mount\nmount\nbox\nmount\nmount\n", result.stderr
    assert result.stderr == ("warren: start mount: make mount point /new: Read-only file system "
                             "(the tree is read-only: make it there, or use --ephemeral)\n")


def test_volatile_needs_a_merged_usr(warren, busybox, tmp_path):
    (tmp_path / "empty").mkdir()
    for tree in (busybox, tmp_path / "empty"):
        before = listing(tree)
        result = warren.spawn(tree, "--volatile", "true")
        assert result.returncode == 125
        assert result.stderr == (f"warren: start {tree.name}: --volatile=yes: {tree} has no /usr with all its "
                                 "programs (it keeps nothing else: use --volatile=overlay or "
                                 "--volatile=state)\n").encode()
        assert listing(tree) == before


def test_empty_tree(warren, tmp_path):
    tree = tmp_path / "empty"
    tree.mkdir()
    assert warren.spawn(tree, "true").returncode == 127
    assert warren.spawn(tree).returncode == 127
    result = warren.spawn(tree, "-b")
    assert result.returncode == 125 and b"it has no usable init" in result.stderr
    assert list(tree.iterdir()) == []


@pytest.mark.parametrize("kind", ["fifo", "directory", "dangling", "not executable"])
def test_what_is_no_init(warren, busybox, kind):
    init = busybox / "bin/init"
    init.unlink()
    {"fifo": lambda: os.mkfifo(init), "directory": init.mkdir, "dangling": lambda: init.symlink_to("no-init"),
     "not executable": lambda: init.write_text("#!/bin/sh\n")}[kind]()
    result = warren.spawn(busybox, "-b", timeout=10)
    assert result.returncode == 125
    assert b"it has no usable init (warren looked for /sbin/init" in result.stderr


def limited_memory():
    """A file of ten gigabytes that is read into memory would not fit."""
    resource.setrlimit(resource.RLIMIT_AS, (64 << 20, 64 << 20))


FILES = ["passwd", "group", "machine-id", "resolv.conf", "localtime", "hostname", "os-release"]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kind", ["huge", "fifo", "directory", "device", "loop", "socket", "unreadable"])
def test_odd_things_where_files_should_be(warren, busybox, name, kind):
    path = busybox / "etc" / name
    path.unlink(missing_ok=True)
    if kind == "huge":
        path.touch()
        os.truncate(path, 10 << 30)
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    elif kind == "device":  # reading it never ends
        os.mknod(path, 0o666 | 0o020000, os.makedev(1, 5))
    elif kind == "loop":
        path.symlink_to(name)
    elif kind == "socket":
        os.mknod(path, 0o666 | 0o140000)
    else:
        path.touch(mode=0)
    run = lambda *arguments: warren.spawn(busybox, *arguments, timeout=10, preexec_fn=limited_memory)
    assert run("true").returncode == 0
    result = run("-u", "luser", "true")
    if name == "passwd":
        assert result.returncode == 125
        assert b"/etc/passwd" in result.stderr and result.stderr.count(b"\n") == 1
    elif (name, kind) == ("group", "huge"):
        assert result.returncode == 125 and b"/etc/group: File too large" in result.stderr
    else:
        assert result.returncode == 0, result.stderr
    if kind == "directory":
        assert path.is_dir() and list(path.iterdir()) == []


def test_machine_ids_that_are_none(warren, busybox):
    uuid = "c9f6b1d20a3e4b5c8d7e1f2a3b4c5d6e"
    show = lambda: warren.output(busybox, f"--uuid={uuid}", "sh", "-c", "echo $container_uuid").replace("-", "").strip()
    for text in ("", "uninitialized\n", "0" * 32 + "\n", "0123\n", "g" * 32):
        (busybox / "etc/machine-id").write_text(text)
        assert show() == uuid, text
    for text in ("0123456789ABCDEF0123456789ABCDEF\n", "0123456789abcdef0123456789abcdef"):
        (busybox / "etc/machine-id").write_text(text)
        assert show() == "0123456789abcdef0123456789abcdef"


def test_names_of_64_characters(warren, busybox):
    name = "n" * 64
    assert warren.output(busybox, "-M", name, "hostname") == f"{name}\n"
    tree = busybox.parent / name
    busybox.rename(tree)
    first = warren.start("spawn", "-D", tree, "sleep", "100")
    warren.leader(name)
    second = warren.output(tree, "hostname").strip()
    third = warren.output(tree, "-x", "hostname").strip()
    assert len({name, second, third}) == 3 and max(map(len, (second, third))) <= 64
    assert first.poll() is None
