"""What warren itself prints on a terminal of names, files and messages that a container's root chooses."""
import os
import pathlib
import unicodedata

import pytest

from declared import declare, nothing_is_left, state, succeed  # noqa: F401
from harness import eventually

# A title, a line of its own, cursor keys, both forms of C1, a longer form of one, and what is no UTF-8.
EVIL = b"\x1b]0;pwned\x07\n\x1b[2J\xc2\x9b2J\xe0\x82\x9b2J\x9b2J\x7f\r\xff"
SHELL = EVIL.replace(b"\n", b"").replace(b"\r", b"")
IN_SHELL = "".join(f"\\{byte:03o}" for byte in EVIL)


@pytest.fixture
def box(warren, busybox):
    declare(warren, "box", busybox, "sleep", "1000")
    succeed(warren, "start", "box")
    return "box"


def is_harmless(output):
    """Whether it is UTF-8 without control characters but those of plain lines."""
    return all(c in "\n\t" or unicodedata.category(c) != "Cc" for c in output.decode())


def check(result, lines=1):
    assert is_harmless(result.stderr) and is_harmless(result.stdout), (result.stdout, result.stderr)
    assert result.stderr.count(b"\n") == lines, result.stderr
    return result.stderr


def test_names_of_what_is_left_out(warren, box, tmp_path):
    succeed(warren, "run", box, "sh", "-c", f"mkdir /tmp/d; mkfifo \"/tmp/d/$(printf '{IN_SHELL}')\"")
    assert b"pwned" in check(warren.run("copy-from", box, "/tmp/d", tmp_path / "copy"))


def test_names_in_errors(warren, box, tmp_path):
    succeed(warren, "run", box, "sh", "-c", f"mkdir /tmp/d; touch \"/tmp/d/$(printf '{IN_SHELL}')\"")
    os.makedirs(bytes(tmp_path / "copy/d") + b"/" + EVIL)
    result = warren.run("copy-from", box, "/tmp/d", tmp_path / "copy")
    assert result.returncode == 125 and b"pwned" in check(result)


@pytest.mark.parametrize("where", ["spawned", "declared"])
def test_shells_that_accounts_name(warren, busybox, where):
    line = b"root::0:0:root:/:/bin/" + SHELL + b"\n"
    (busybox / "bin/sh").unlink()  # it would be taken instead, and say so itself
    if where == "spawned":
        (busybox / "etc/passwd").write_bytes(line)
        result = warren.spawn(busybox, "-q", "-P")
    else:
        declare(warren, "box", busybox, "sleep", "1000")
        succeed(warren, "start", "box")
        assert warren.run("copy-to", "box", "-", "/etc/passwd", input=line).returncode == 0
        result = warren.run("shell", "box")
    assert result.returncode == 127 and b"pwned" in check(result)


def test_host_keys(warren, box):
    succeed(warren, "run", box, "mkdir", "-p", "/etc/ssh")
    assert warren.run("copy-to", box, "-", "/etc/ssh/ssh_host_ed25519_key.pub", input=EVIL + b"\n").returncode == 0
    result = warren.run("show-host-key", box)
    check(result, 0)
    assert b"pwned" in result.stdout and result.stdout.count(b"\n") == 1


def test_what_a_payload_says_of_itself(warren, busybox):
    """Its status, its host's name, its name as a process, and what it printed before it failed."""
    script = (f"evil=$(printf '{IN_SHELL}'); hostname \"$evil\"; payload notify READY=1 \"STATUS=$evil\"; "
              "echo \"$evil\"; printf %s \"$evil\" > /proc/self/comm; while ! [ -e /tmp/end ]; do sleep 0.05; done; exit 3")
    declare(warren, "box", busybox, "sh", "-c", script, restart="no")
    succeed(warren, "start", "box")
    eventually(lambda: b"pwned" in succeed(warren, "logs", "box").stdout)
    for verb in (["list"], ["list", "--json"], ["status", "box"], ["status", "--json", "box"], ["audit", "box"], ["logs", "box"]):
        check(warren.run(*verb), 0)
    succeed(warren, "run", "box", "touch", "/tmp/end")
    eventually(lambda: not state(warren, "box"))
    for verb in (["list"], ["status", "box"], ["status", "--json", "box"], ["logs", "box"]):
        check(warren.run(*verb), 0)


def test_the_end_of_a_log_that_is_shown_when_a_start_fails(warren, busybox):
    (busybox / "say").write_bytes(EVIL)
    (busybox / "etc/inittab").write_text("::sysinit:/bin/sh -c 'cat /say; sleep 100'\n")
    declare(warren, "box", busybox, timeoutStartSec=1)
    result = warren.run("start", "box")
    assert result.returncode == 125 and b"pwned" in result.stderr
    assert is_harmless(result.stderr) and is_harmless(result.stdout)


def test_names_of_images(warren, busybox, tmp_path):
    tree = pathlib.Path(os.fsdecode(bytes(tmp_path) + b"/" + SHELL))
    busybox.rename(tree)
    check(warren.spawn(tree / "none", "true"))
    result = warren.spawn(tree, "--bind=/nonesuch:/x", "true")
    assert result.returncode == 125
    check(result)
