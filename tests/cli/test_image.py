"""warren image: the store, and archives made to get out of it."""
import fcntl
import gzip
import hashlib
import io
import json
import lzma
import os
import pathlib
import pty
import re
import shutil
import signal
import stat
import struct
import subprocess
import tarfile
import time

import pytest

from harness import WARREN, eventually, is_gone, listing


@pytest.fixture
def images(warren):
    return warren.root / "var/lib/warren/images"


@pytest.fixture
def canary(tmp_path):
    """What no archive may touch: beside the store, and wherever its absolute paths point."""
    directory = tmp_path / "canary"
    directory.mkdir()
    (directory / "file").write_text("alive")
    (directory / "file").chmod(0o600)
    return directory


def one_line(result):
    text = result.stderr.decode()
    assert result.returncode == 125, text
    assert text.startswith("warren: ") and text.count("\n") == 1, text
    return text


def shown(warren):
    result = warren.run("image", "list", "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def stored(images):
    return sorted(p.name for p in images.iterdir() if p.name not in (".names", ".archives")) if images.exists() else []


def root_of(images, result):
    assert result.returncode == 0, result.stderr.decode()
    return images / result.stdout.decode().strip() / "root"


def member(name, kind=tarfile.REGTYPE, content=b"", **fields):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.size = len(content)
    info.mode = 0o755 if kind == tarfile.DIRTYPE else 0o644
    for key, value in fields.items():
        setattr(info, key, value)
    return info, content


def link(name, target):
    return member(name, tarfile.SYMTYPE, linkname=str(target))


def hard(name, target):
    return member(name, tarfile.LNKTYPE, linkname=str(target))


def make_tar(path, members, **options):
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT, **options) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return path


ETC = [member("etc", tarfile.DIRTYPE), member("etc/hello", content=b"hello\n")]

# What each would do; what it is answered with, None when it is unpacked; and what is then there.
ATTACKS = {
    "absolute name": (lambda c: [member(f"{c}/file", content=b"x")], None),
    "dots": (lambda c: [member("../../../../../../../../../../" + str(c)[1:] + "/file", content=b"x")], "leads out of the tree"),
    "dots behind a name": (lambda c: [member("etc/../../new", content=b"x")], "leads out of the tree"),
    "through an absolute link": (lambda c: [link("out", c), member("out/file", content=b"x")], "out/file"),
    "through a relative link": (lambda c: [link("out", "../" * 30 + str(c)[1:]), member("out/new", content=b"x")], "out/new"),
    "through two links": (lambda c: [link("a", "b"), link("b", c), member("a/new", content=b"x")], "a/new"),
    "through a link that replaces a directory": (
        lambda c: [member("d", tarfile.DIRTYPE), link("d", c), member("d/new", content=b"x")], "d/new"),
    "directory in place of a link": (
        lambda c: [link("d", c), member("d", tarfile.DIRTYPE, mode=0o777), member("d/x", content=b"x")], None),
    "file in place of a link": (lambda c: [link("f", f"{c}/file"), member("f", content=b"x")], None),
    "mode through a link": (lambda c: [link("f", f"{c}/file"), member("f", mode=0o4777)], None),
    "hard link to the outside": (lambda c: [hard("h", f"{c}/file"), member("h", content=b"x")], "h: "),
    "hard link with dots": (lambda c: [hard("h", "../" * 30 + str(c)[1:] + "/file")], "leads out of the tree"),
    "hard link through a link": (lambda c: [link("l", c), hard("h", "l/file")], "h: "),
    "hard link to a link, then written": (
        lambda c: [link("l", f"{c}/file"), hard("h", "l"), member("h", content=b"x")], None),
    "hard link to nothing": (lambda c: [hard("h", "missing")], "h: "),
    "root becomes a link": (lambda c: [link(".", c), member("x", content=b"x")], "root of the tree"),
    "root becomes a link, with a slash": (lambda c: [link("./", c), member("x", content=b"x")], "root of the tree"),
    "device nodes": (lambda c: ETC + [member("dev/sda", tarfile.BLKTYPE, devmajor=8), member("null", tarfile.CHRTYPE, devmajor=1, devminor=3)], None),
    "whiteout": (lambda c: ETC + [member("etc/hello2", tarfile.CHRTYPE, devmajor=0, devminor=0)], None),
    "user beyond the range": (lambda c: ETC + [member("f", uid=65536)], "belongs to user 65536"),
    "group beyond the range": (lambda c: ETC + [member("f", gid=2**31)], "belongs to group"),
    "user below zero": (lambda c: ETC + [member("f", pax_headers={"uid": "-1"})], "belongs to user"),
    "access list beyond the range": (
        lambda c: ETC + [member("f", pax_headers={"SCHILY.acl.access": "user::rw-,user:joe:rwx:70000,group::r--,mask::rwx,other::r--"})],
        "70000"),
    "overlay attributes": (
        lambda c: ETC + [member("d", tarfile.DIRTYPE, pax_headers={"SCHILY.xattr.trusted.overlay.redirect": str(c), "SCHILY.xattr.trusted.overlay.opaque": "y",
                                                                 "SCHILY.xattr.user.overlay.redirect": str(c), "SCHILY.xattr.security.selinux": "x"})], None),
    "deep": (lambda c: [member("/".join(["d"] * 1000), tarfile.DIRTYPE)], "nested too deep"),
    "long name": (lambda c: [member("x" * 300, content=b"x")], "File name too long"),
    "terminal escapes": (lambda c: [member("../\033]0;owned\007\n\u009b2J", content=b"x")], "leads out"),
    "empty": (lambda c: [], "it is empty"),
    "hole without an end": (
        lambda c: ETC + [member("f", content=b"x" * 512, pax_headers={"GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.name": "f", "GNU.sparse.size": str(2**62),
                                                "GNU.sparse.numblocks": "1", "GNU.sparse.map": f"{2**61},512"})], "f: "),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_hostile_archive(warren, images, canary, tmp_path, name):
    make, answer = ATTACKS[name]
    archive = make_tar(tmp_path / "evil.tar", make(canary))
    before, outside = listing(canary), sorted(p.name for p in tmp_path.iterdir())
    result = warren.run("image", "import", archive, "evil")
    assert listing(canary) == before and (canary / "file").read_text() == "alive"
    assert sorted(p.name for p in tmp_path.iterdir()) == outside
    if answer:
        text = one_line(result)
        assert answer in text
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text), "a terminal would act on it"
        assert stored(images) == []
        return
    root = root_of(images, result)
    for path in root.rglob("*"):
        status = path.lstat()
        assert not stat.S_ISCHR(status.st_mode) and not stat.S_ISBLK(status.st_mode)
        assert status.st_uid < 65536 and status.st_gid < 65536
        assert not path.is_symlink() and not os.listxattr(path) or name.startswith("hard link")
    assert os.stat(root).st_mode & 0o7777 == 0o755


def test_devices_are_left_out_with_a_warning(warren, images, tmp_path):
    archive = make_tar(tmp_path / "a.tar", ATTACKS["device nodes"][0](None))
    result = warren.run("image", "import", archive)
    assert root_of(images, result).joinpath("etc/hello").exists()
    lines = result.stderr.decode().splitlines()
    assert len(lines) == 2 and all("is left out" in line for line in lines)


def test_absolute_names_are_names_in_the_tree(warren, images, canary, tmp_path):
    archive = make_tar(tmp_path / "a.tar", [member(f"{canary}/file", content=b"inside")])
    root = root_of(images, warren.run("image", "import", archive))
    assert (root / str(canary)[1:] / "file").read_text() == "inside"


def acl_of(path):
    return os.getxattr(path, "system.posix_acl_access")


def test_everything_that_belongs_to_a_tree_is_kept(warren, images, tmp_path):
    tree = tmp_path / "tree"
    (tree / "etc").mkdir(parents=True)
    (tree / "etc/hello").write_text("hello\n")
    os.link(tree / "etc/hello", tree / "again")
    (tree / "link").symlink_to("/etc/../../hello")
    os.mkfifo(tree / "fifo", 0o640)
    (tree / "sticky").mkdir()
    (tree / "sticky").chmod(0o1777)
    (tree / "su").write_text("x")
    os.chown(tree / "su", 1000, 65535)
    (tree / "su").chmod(0o6755)
    (tree / "names ä\n").write_text("x")
    os.close(os.open(os.fsencode(tree) + b"/bytes\xff", os.O_CREAT))
    with open(tree / "sparse", "wb") as file:
        file.write(b"begin")
        file.seek(1 << 30)
        file.write(b"end")
    os.setxattr(tree / "su", "user.note", b"\0binary\xff")
    os.setxattr(tree / "etc/hello", "security.capability", bytes.fromhex("0100000200040000000000000000000000000000"))
    # user::rw- user:1234:rw- group::r-- mask::rw- other::r--
    entries = [(1, 6, 0xFFFFFFFF), (2, 6, 1234), (4, 4, 0xFFFFFFFF), (0x10, 6, 0xFFFFFFFF), (0x20, 4, 0xFFFFFFFF)]
    os.setxattr(tree / "etc/hello", "system.posix_acl_access", struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *e) for e in entries))
    os.utime(tree / "etc", (1000000000, 1000000000))
    archive = tmp_path / "tree.tar"
    subprocess.run(["tar", "-cf", archive, "--sparse", "--xattrs", "--xattrs-include=*", "--acls", "--format=posix", "-C", tree, "."], check=True)
    for source in (archive, tree):
        root = root_of(images, warren.run("image", "import", source, "tree"))
        assert listing(root) == listing(tree)
        assert os.stat(root / "again").st_ino == os.stat(root / "etc/hello").st_ino
        assert os.readlink(root / "link") == "/etc/../../hello"
        assert stat.S_ISFIFO(os.lstat(root / "fifo").st_mode)
        assert os.stat(root / "su").st_gid == 65535 and os.stat(root / "su").st_mode & 0o7777 == 0o6755
        assert os.getxattr(root / "su", "user.note") == b"\0binary\xff"
        assert acl_of(root / "etc/hello") == acl_of(tree / "etc/hello")
        # The kernel says for whom the capability is, when somebody in a user namespace sets it: root of the tree.
        capability = os.getxattr(root / "etc/hello", "security.capability")
        assert capability[1:20] == os.getxattr(tree / "etc/hello", "security.capability")[1:20]
        assert capability[20:] in (b"", bytes(4))
        assert os.stat(root / "sparse").st_size == (1 << 30) + 3 and os.stat(root / "sparse").st_blocks < 100
        assert os.stat(root / "etc").st_mtime == 1000000000


def compressed(path, kind):
    data = path.read_bytes()
    target = path.with_name(f"{path.name}.{kind}")
    if kind == "zst":
        subprocess.run(["zstd", "-q", path, "-o", target], check=True)
    else:
        target.write_bytes({"gz": gzip.compress, "xz": lzma.compress}[kind](data))
    return target


NOISE = b"".join(hashlib.sha256(bytes([i // 256, i % 256])).digest() for i in range(9000))


@pytest.mark.parametrize("kind", ["gz", "xz", "zst"])
def test_compressions(warren, images, tmp_path, kind):
    plain = make_tar(tmp_path / "a.tar", ETC + [member("noise", content=NOISE)])
    archive = compressed(plain, kind)
    result = warren.run("image", "import", archive)
    root = root_of(images, result)
    assert (root / "etc/hello").read_text() == "hello\n" and (root / "noise").read_bytes() == NOISE
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    assert result.stdout.decode() == f"archive-{digest[:16]}\n"
    assert [image["name"] for image in shown(warren)] == ["a"]
    # Cut short, and damaged in the middle.
    data = archive.read_bytes()
    for bad in (data[: len(data) // 2], data[:-20], data[:1000] + bytes(1000) + data[2000:]):
        (tmp_path / "bad").write_bytes(bad)
        one_line(warren.run("image", "import", tmp_path / "bad", "bad"))
        assert len(stored(images)) == 1


@pytest.mark.parametrize("length", [0, 1, 511, 512, 1000, 1536, 2048, 100000])
def test_plain_archive_cut_short(warren, images, tmp_path, length):
    archive = make_tar(tmp_path / "a.tar", ETC + [member("noise", content=NOISE)])
    archive.write_bytes(archive.read_bytes()[:length])
    one_line(warren.run("image", "import", archive))
    assert stored(images) == []


NO_ARCHIVES = {"text": b"hello, world\n" * 100, "noise": NOISE, "gzip": b"\x1f\x8b" + NOISE, "zstd": b"\x28\xb5\x2f\xfd" + NOISE,
               "xz": b"\xfd7zXZ\0" + NOISE, "zip": b"PK\x03\x04" + NOISE, "zeros": bytes(100000)}


@pytest.mark.parametrize("kind", NO_ARCHIVES)
def test_no_archive_at_all(warren, images, tmp_path, kind):
    content = NO_ARCHIVES[kind]
    (tmp_path / "a.tar").write_bytes(content)
    text = one_line(warren.run("image", "import", tmp_path / "a.tar"))
    assert "a.tar" in text
    assert stored(images) == []


def test_what_is_neither_archive_nor_directory(warren, images, tmp_path):
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "fifo", "/dev/zero", tmp_path / "missing"):
        one_line(warren.run("image", "import", path, "x"))
        one_line(warren.run("image", "build", f"archive:{path}"))
    assert stored(images) == []


def small_disk(warren, *arguments, size="2m", inodes=2000):
    """Runs warren with its state on a file system without room; returns what is left there too."""
    script = f'mount -t tmpfs -o size={size},nr_inodes={inodes} tmpfs {warren.root}; "$@"; s=$?; find {warren.root} ! -type d; find {warren.root} -name ".building*"; exit $s'
    return subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", *warren.command(*arguments)],
                          env=warren.environment, capture_output=True, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("kind", ["bytes", "zeros", "files", "directories"])
def test_bomb(warren, tmp_path, kind):
    """A small archive that is large when it is unpacked."""
    members = {"bytes": [member("big", content=NOISE * 40)],
               "zeros": [member("big", content=bytes(1 << 30))],
               "files": [member(f"f{i}") for i in range(5000)],
               "directories": [member(f"d{i}", tarfile.DIRTYPE) for i in range(5000)]}[kind]
    archive = tmp_path / "bomb.tar.gz"
    with tarfile.open(archive, "w:gz", compresslevel=1) as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    result = small_disk(warren, "image", "import", archive)
    assert "it does not fit" in one_line(result)
    assert result.stdout == b""


def test_full_disk(warren, busybox, tmp_path):
    for size, inodes in (("64k", 2000), ("1m", 2000), ("8m", 50), ("4k", 3)):
        for arguments in (["build", "busybox"], ["import", busybox, "x"]):
            result = small_disk(warren, "image", *arguments, size=size, inodes=inodes)
            text = one_line(result)
            assert "No space left" in text or "does not fit" in text, text
            assert result.stdout == b"", "nothing is left"


def test_busybox(warren, images):
    """The image runs, is one file, and users can become root in it and nobody on the host."""
    identity = warren.run("image", "build", "busybox").stdout.decode().strip()
    assert re.fullmatch("busybox-[0-9a-f]{16}", identity)
    root = images / identity / "root"
    before = listing(root)
    assert os.stat(images).st_mode & 0o7777 == 0o700
    programs = "syslogd getty init reboot ls login su passwd udhcpc httpd nc".split()
    output = warren.output(root, "-x", "sh", "-lc", f"echo $PATH; for p in {' '.join(programs)}; do command -v $p || exit 1; done")
    assert output.split()[0] == "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    files = [p for p in (root / "bin").iterdir() if not p.is_symlink()]
    assert files == [root / "bin/busybox"]
    assert warren.output(root, "-x", "sh", "-c", "id -u nobody; cat /etc/os-release").startswith("65534\n")
    # No password is valid, and no empty one.
    shadow = (root / "etc/shadow").read_text().splitlines()
    assert shadow and all(line.split(":")[1] == "*" for line in shadow)
    # su works for the container's users.
    script = ("echo luser::1000:1000::/:/bin/sh >> /etc/passwd; sed -i s/^root:.:/root::/ /etc/passwd;"
              "su luser -c 'id -u; su root -c \"id -u\"'")
    assert warren.output(root, "-x", "sh", "-c", script) == "1000\n0\n"
    assert listing(root) == before


def test_busybox_is_made_once_and_found_fast(warren, images):
    first = warren.run("image", "build", "busybox").stdout
    inode = os.stat(images / first.decode().strip()).st_ino
    assert warren.run("image", "build", "busybox").stdout == first
    assert os.stat(images / first.decode().strip()).st_ino == inode


def test_list_import_remove(warren, images, busybox, tmp_path):
    assert shown(warren) == []
    archive = make_tar(tmp_path / "my-tree.tar", ETC)
    identity = warren.run("image", "import", archive).stdout.decode().strip()
    assert warren.run("image", "import", archive, "second").stdout.decode().strip() == identity
    [image] = shown(warren)
    assert image["names"] == ["my-tree", "second"] and image["id"] == identity and image["users"] == []
    assert image["bytes"] > 0 and time.time() - image["created"] < 60
    table = warren.run("image", "list").stdout.decode().splitlines()
    assert table[0].split() == ["NAME", "ID", "SIZE", "USERS"] and table[1].split()[0:2] == ["my-tree,second", identity]
    # A name moves to what it is given to.
    other = warren.run("image", "import", busybox, "second").stdout.decode().strip()
    assert {tuple(i["names"]): i["id"] for i in shown(warren)} == {("my-tree",): identity, ("second",): other}
    # In use.
    generation = warren.root / "var/lib/warren/containers/web/generations/1"
    generation.mkdir(parents=True)
    (generation / "image").write_text(identity + "\n")
    assert [i["users"] for i in shown(warren) if i["id"] == identity] == [["web"]]
    text = one_line(warren.run("image", "remove", "my-tree"))
    assert "web" in text
    shutil.rmtree(generation)
    assert warren.run("image", "remove", "my-tree", other).returncode == 0
    assert stored(images) == [] and list((images / ".names").iterdir()) == []
    assert "there is none of that name" in one_line(warren.run("image", "remove", "my-tree"))


def test_remove_by_what_the_list_calls_it(warren, images, tmp_path):
    warren.run("image", "build", "busybox")
    assert "there is none of that name" in one_line(warren.run("image", "remove", "debian"))
    source = f"archive:{tmp_path / 'a.tar'}"
    first, second = "", ""
    for name in ("one", "two"):
        make_tar(tmp_path / "a.tar", ETC + [member(name, content=b"x")])
        first, second = second, warren.run("image", "build", source).stdout.decode().strip()
    text = one_line(warren.run("image", "remove", source))
    assert "several are called so" in text and first in text and second in text
    assert warren.run("image", "remove", first, source, "busybox").returncode == 0
    assert stored(images) == []


def test_image_that_a_container_runs_on_is_not_removed(warren, images):
    identity = warren.run("image", "build", "busybox").stdout.decode().strip()
    child = warren.start("spawn", "-x", "-D", images / identity / "root", "-M", "box", "sleep", "100")
    warren.leader("box")
    assert "a container runs on it" in one_line(warren.run("image", "remove", identity))
    child.terminate()
    child.wait(timeout=10)
    assert warren.run("image", "remove", identity).returncode == 0


def test_archive_is_unpacked_again_only_when_it_changes(warren, images, tmp_path):
    archive = make_tar(tmp_path / "a.tar", ETC)
    build = lambda: warren.run("image", "build", f"archive:{archive}").stdout.decode().strip()
    first = build()
    inode = os.stat(images / first).st_ino
    os.chmod(images / first, 0o700)
    traced = subprocess.run(["strace", "-f", "-e", "trace=execve", *warren.command("image", "build", f"archive:{archive}")],
                            env=warren.environment, capture_output=True, text=True)
    assert traced.stdout.strip() == first and "unpack" not in traced.stderr
    make_tar(archive, ETC + [member("new", content=b"x")])
    second = build()
    assert second != first and stored(images) == sorted([first, second])
    make_tar(archive, ETC)  # the content of the first one, at another time
    assert build() == first and os.stat(images / first).st_ino == inode
    assert warren.run("image", "remove", first).returncode == 0
    assert build() == first


def test_many_builds_of_one_archive_at_once(warren, images, tmp_path):
    archive = make_tar(tmp_path / "a.tar", [member("noise", content=NOISE * 50)] + [member(f"f{i}", content=b"x") for i in range(500)])
    children = [warren.start("image", "build", f"archive:{archive}") for _ in range(8)]
    answers = {child.communicate(timeout=60) for child in children}
    assert len(answers) == 1 and [child.returncode for child in children] == [0] * 8
    [(output, errors)] = answers
    assert errors == b"" and stored(images) == [output.decode().strip()]


def slow_archive(tmp_path):
    """Unpacking it takes a second or two."""
    return make_tar(tmp_path / "slow.tar", [member(f"d{i // 100}/f{i}", content=b"x" * 5000) for i in range(30000)])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interrupted_build_leaves_nothing(warren, images, tmp_path, number):
    child = warren.start("image", "import", slow_archive(tmp_path), "slow")
    eventually(lambda: list(images.glob(".building-*/root/d0/*")))
    helpers = [int(pid) for pid in pathlib.Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()]
    assert len(helpers) == 2
    child.send_signal(number)
    output, errors = child.communicate(timeout=10)
    assert child.returncode == 125 and output == b"" and errors.decode().count("\n") == 1 and b"interrupted" in errors
    assert stored(images) == []
    assert all(is_gone(pid) for pid in helpers)


def test_killed_build_takes_its_helpers_along(warren, images, tmp_path):
    child = warren.start("image", "import", slow_archive(tmp_path), "slow")
    eventually(lambda: list(images.glob(".building-*/root/d0/*")))
    helpers = [int(pid) for pid in pathlib.Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()]
    child.kill()
    child.communicate(timeout=10)
    eventually(lambda: all(is_gone(pid) for pid in helpers))
    assert len(stored(images)) == 1
    assert shown(warren) == [] and stored(images) == []


def test_progress_and_waiting_are_shown_on_a_terminal(warren, images, tmp_path):
    archive = slow_archive(tmp_path)
    ours, theirs = pty.openpty()
    first = warren.start("image", "build", f"archive:{archive}")
    eventually(lambda: list(images.glob(".building-*/root/d0")))
    second = warren.start("image", "build", f"archive:{archive}", stderr=theirs)
    os.close(theirs)
    text = b""
    while b"waiting for process" not in text:
        text += os.read(ours, 1000)
    assert f"waiting for process {first.pid}, which builds archive:{archive}"[:40].encode() in text
    assert first.wait(timeout=60) == 0 and second.wait(timeout=60) == 0
    os.close(ours)


def test_words_that_make_no_sense(warren, images):
    for arguments in ([], ["nonsense"], ["list", "x"], ["import"], ["import", "/tmp", "a/b"], ["import", "/tmp", ".."], ["import", "a", "b", "c"],
                      ["remove"], ["remove", "../.."], ["remove", "/etc"], ["remove", ".building-x"], ["build"], ["build", "nonsense"],
                      ["build", "busybox:x"], ["build", "archive:"], ["build", "busybox", "-p", "x"], ["build", "debian:../x"],
                      ["build", "debian:-x"], ["build", "debian", "-p", "-x"], ["build", "debian", "-p", "a b"], ["list", "--nonsense"]):
        one_line(warren.run("image", *arguments))
    assert stored(images) == []
    assert b"warren image import" in warren.run("image", "--help").stdout
    assert b"warren image import" in warren.run("help", "image").stdout


def test_missing_tools_are_named(warren, images, tmp_path):
    archive = make_tar(tmp_path / "a.tar", ETC)
    assert "WARREN_LIBEXEC" in one_line(warren.run("image", "import", archive, env={"WARREN_LIBEXEC": "/nowhere"}))
    assert "apt install mmdebstrap" in one_line(warren.run("image", "build", "debian", env={"PATH": "/nowhere"}))
    assert "apt install tar" in one_line(warren.run("image", "import", tmp_path, "x", env={"PATH": "/nowhere"}))
    hide = 'for f in /bin/busybox /usr/bin/busybox; do mount --bind "$0" $f 2>/dev/null; done; exec "$@"'
    for program in ("/dev/null", "/bin/ls"):
        result = subprocess.run(["unshare", "-m", "sh", "-c", hide, program, *warren.command("image", "build", "busybox")],
                                env=warren.environment, capture_output=True)
        assert "apt install busybox-static" in one_line(result)
    assert stored(images) == []
