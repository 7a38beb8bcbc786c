"""Ways out that other managers have had, tried by the image and by root inside."""
import os
import subprocess

import pytest

from declared import declare, stop_all, succeed


@pytest.fixture
def canary(tmp_path):
    """A file of the host that everybody may read, who finds it."""
    for directory in (tmp_path, *tmp_path.parents):
        if directory.stat().st_uid == os.getuid() and directory != directory.parent and "warren-tests" in str(directory):
            directory.chmod(directory.stat().st_mode | 0o055)
    file = tmp_path / "canary"
    file.write_text("of the host\n")
    file.chmod(0o644)
    return file


@pytest.fixture
def declared(warren, busybox):
    """A running container with the defaults, but for the host's network as `spawn` has it."""
    declare(warren, "box", busybox, "sleep", "1000", privateNetwork=False)
    succeed(warren, "start", "box")
    yield "box"
    stop_all(warren)


UP = "../" * 30


def set_home(tree, home):
    (tree / "etc/passwd").write_text(f"root::0:0:root:{home}:/bin/sh\n")


def test_a_home_in_a_leaked_descriptor(warren, busybox, canary):
    """CVE-2024-21626: the image names a directory that the launcher still has open."""
    search = f"cat {UP}{canary} 2>/dev/null; pwd".encode()
    for fd in range(3, 40):
        set_home(busybox, f"/proc/self/fd/{fd}")
        result = warren.spawn(busybox, "-q", "-P", input=search)
        assert (result.returncode, result.stdout) == (0, b"/\n"), fd


def test_a_home_in_a_leaked_descriptor_of_a_guest(warren, busybox, declared, canary):
    search = f"cat {UP}{canary} 2>/dev/null; pwd".encode()
    for fd in range(3, 40):
        succeed(warren, "run", "box", "sh", "-c", f"echo root::0:0:root:/proc/self/fd/{fd}:/bin/sh > /etc/passwd")
        result = warren.run("shell", "box", input=search)
        assert (result.returncode, result.stdout) == (0, b"/\n"), fd
        for words in (("run", f"--chdir=/proc/self/fd/{fd}", "box"), ("run", f"--chdir=/proc/1/fd/{fd}", "box")):
            assert warren.run(*words, "cat", UP + str(canary)).stdout == b"", words


def test_a_working_directory_in_a_leaked_descriptor(warren, busybox, canary):
    for fd in range(3, 40):
        assert warren.spawn(busybox, f"--chdir=/proc/self/fd/{fd}", "cat", UP + str(canary)).stdout == b""
