"""Files copied between the host and a running container."""
import os
import pathlib
import stat

import pytest

from declared import declare, nothing_is_left, succeed  # noqa: F401


@pytest.fixture
def box(warren, busybox):
    declare(warren, "box", busybox, "sleep", "1000")
    succeed(warren, "start", "box")
    return "box"


def inside(warren, *command):
    return succeed(warren, "run", "box", "--", *command).stdout.decode()


@pytest.fixture
def site(tmp_path):
    site = tmp_path / "site"
    (site / "sub").mkdir(parents=True)
    (site / "file").write_bytes(os.urandom(300000))
    (site / "file").chmod(0o640)
    (site / "sub/tool").write_text("#!/bin/sh\n")
    (site / "sub/tool").chmod(0o4755)
    (site / "link").symlink_to("sub/tool")
    os.mkfifo(site / "fifo")
    for path in (site / "file", site / "sub"):
        os.utime(path, (1000000000, 1000000000))
    return site


def test_there_and_back(warren, box, site, tmp_path):
    result = succeed(warren, "copy-to", box, site, "/mnt")
    assert result.stderr == b"warren: fifo: neither file, directory nor link: left out\n"
    assert inside(warren, "stat", "-c", "%a %u %g %Y", "/mnt/site/file") == "640 0 0 1000000000\n"
    assert inside(warren, "stat", "-c", "%a %u", "/mnt/site/sub/tool") == "4755 0\n"
    assert inside(warren, "readlink", "/mnt/site/link") == "sub/tool\n"
    succeed(warren, "copy-from", box, "/mnt/site", tmp_path / "back")
    back = tmp_path / "back"
    assert (back / "file").read_bytes() == (site / "file").read_bytes()
    assert (back / "file").stat().st_mtime == (back / "sub").stat().st_mtime == 1000000000
    assert (back / "file").stat().st_uid == os.getuid() and os.readlink(back / "link") == "sub/tool"
    assert stat.S_IMODE((back / "sub/tool").stat().st_mode) == 0o755, "set-id bits stay inside"


def test_streams(warren, box):
    data = os.urandom(200000)
    assert warren.run("copy-to", box, "-", "/tmp/data", input=data).returncode == 0
    assert succeed(warren, "copy-from", box, "/tmp/data", "-").stdout == data


def test_links_inside_lead_nowhere_else(warren, box, tmp_path):
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("of the host")
    source = tmp_path / "mine"
    source.write_text("new")
    inside(warren, "sh", "-c", f"ln -s {secret} /tmp/dir; ln -s {secret}/key /tmp/key; ln -s ../../../../../../..{secret} /tmp/up; ln -s /proc/1/root{secret} /tmp/magic")
    for target in ("/tmp/dir/key", "/tmp/up/key", "/tmp/magic/key"):
        assert warren.run("copy-to", box, source, target).returncode == 125
        assert warren.run("copy-from", box, target, "-").returncode == 125
    succeed(warren, "copy-to", box, source, "/tmp/key")  # takes the link's place
    assert inside(warren, "cat", "/tmp/key") == "new"
    assert (secret / "key").read_text() == "of the host"
    assert os.listdir(secret) == ["key"]


def test_swapped_links_lead_nowhere_else(warren, busybox, tmp_path):
    """The payload swaps a directory for a link to the host's path as fast as it can."""
    secret = tmp_path / "secret"
    (secret / "x").mkdir(parents=True)
    (secret / "x/key").write_text("of the host")
    script = f"mkdir -p /tmp/a/x; echo inside > /tmp/a/x/key; ln -s {secret} /tmp/l; while :; do mv /tmp/a /tmp/b; mv /tmp/l /tmp/a; mv /tmp/a /tmp/l; mv /tmp/b /tmp/a; done"
    declare(warren, "box", busybox, "sh", "-c", script)
    succeed(warren, "start", "box")
    source = tmp_path / "mine"
    source.write_text("new")
    for i in range(60):
        warren.run("copy-to", "box", source, f"/tmp/a/x/new{i}")
        assert b"of the host" not in warren.run("copy-from", "box", "/tmp/a/x/key", "-").stdout
        back = tmp_path / f"back{i}"
        warren.run("copy-from", "box", "/tmp/a", back)
        assert "of the host" not in [p.read_text() for p in back.rglob("key") if not back.is_symlink()]
    assert [p.name for p in (secret / "x").iterdir()] == ["key"]


def test_devices_are_not_opened(warren, box, tmp_path):
    result = warren.run("copy-from", box, "/dev/zero", tmp_path / "zero")
    assert result.returncode == 0 and b"left out" in result.stderr
    assert not (tmp_path / "zero").exists()
    assert warren.run("copy-from", box, "/dev/zero", "-").returncode == 125


def test_bad_input(warren, box):
    for arguments in ((), ("box",), ("box", "/nonesuch", "/tmp"), ("nobox", "/etc/passwd", "/tmp"), ("box", "/..", "/tmp/x")):
        result = warren.run("copy-from", *arguments)
        assert result.returncode == 125 and result.stderr.count(b"\n") == 1
