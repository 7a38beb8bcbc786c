"""Ways out that other managers have had, tried by the image and by root inside."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from declared import declare, stop_all, succeed
from harness import WARREN
from inner_warren import add_warren


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


# The verbs of `payload escape`, what each tries (the first column of the table in docs/SECURITY.md), and whether it
# gets out of systemd-nspawn 252 as it is by default, and with -U.
ESCAPES = {
    "bind": ("write to a read-only bind mount", True, False),
    "core-pattern": ("open `core_pattern` to write", True, False),
    "sysrq": ("open `sysrq-trigger` to write", True, False),
    "sysfs": ("open a file of `/sys` to write", True, False),
    "release-agent": ("open `release_agent` or `devices.allow` of a v1 hierarchy to write", True, False),
    "kernel-files": ("mount debugfs, tracefs, securityfs, devtmpfs, bpffs or pstore", True, False),
    "disk": ("make the node of a disk", True, False),
    "memory": ("make the node of `/dev/mem`, `port` or `kmsg`", True, False),
    "handle": ("open the host's root by a guessed file handle", False, False),
    "processes": ("find the host's files through `/proc/*/root`, `cwd` and `fd`", False, False),
    "namespaces": ("join the host's mount namespace through `/proc/*/ns`", False, False),
    "process": ("signal or trace a process of the host", False, False),
    "masks": ("read `kallsyms`, `keys` or `timer_list`", True, True),
    "kernel": ("load a module, kexec, set the clock, swap", False, False),
    "keys": ("use keys of the host's user", False, False),
    "io-uring": ("set up io_uring, which goes around filters", True, True),
}

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


@pytest.fixture
def goals(busybox, canary, tmp_path):
    """Options in front, and the argument of each escape that has one."""
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "file").write_text("of the host")
    (shared / "file").chmod(0o666)
    process = subprocess.Popen(["sleep", "1000"])
    yield shared, {"bind": "/mnt/file", "processes": canary, "namespaces": canary, "process": process.pid}
    process.kill()
    process.wait()


def outcome(result, name):
    assert result.returncode == 0, result.stderr
    return {f"{name} out": True, f"{name} refused": False}[result.stdout.decode().strip()]


@pytest.mark.parametrize("name", ESCAPES)
@pytest.mark.parametrize("kind", ["spawned", "declared", "guest", "nesting"])
def test_escapes(warren, busybox, goals, name, kind):
    shared, goal = goals
    words = ["payload", "escape", name, goal.get(name, "")]
    if kind in ("spawned", "nesting"):
        options = ["--nesting"] if kind == "nesting" else []
        got_out = outcome(warren.spawn(busybox, *options, f"--bind-ro={shared}:/mnt", *words), name)
    else:
        settings = {"bindMounts": {"/mnt": {"hostPath": str(shared)}}, "privateNetwork": False}
        if kind == "declared":
            declare(warren, "box", busybox, "sh", "-c", " ".join(map(str, words)) + " > /result; sleep 1000", **settings)
        else:
            declare(warren, "box", busybox, "sleep", "1000", **settings)
        succeed(warren, "start", "box")
        try:
            command = words if kind == "guest" else ["sh", "-c", "until [ -s /result ]; do sleep 0.05; done; cat /result"]
            got_out = outcome(warren.run("run", "box", *command), name)
        finally:
            stop_all(warren)
    # Keyrings of a container's own ids, and what its owner alone may read, are what nesting is for.
    assert got_out == (kind == "nesting" and name == "keys")


@pytest.mark.parametrize("users", ["default", "-U"])
def test_escapes_are_real_where_systemd_nspawn_lets_them(nspawn, busybox, goals, users):
    """The measure beside warren: an attack that succeeds nowhere would show nothing."""
    shared, goal = goals
    options = ["-U", "--private-users-ownership=auto", "--private-network"] if users == "-U" else []
    found = {}
    for name in ESCAPES:
        result = nspawn("-D", busybox, *options, f"--bind-ro={shared}:/mnt", "--pipe", "/bin/payload", "escape", name,
                        goal.get(name, ""))
        found[name] = outcome(result, name)
    expected = {name: row[1 if users == "default" else 2] for name, row in ESCAPES.items()}
    if not os.path.exists("/proc/sysrq-trigger"):
        expected["sysrq"] = False  # this kernel has none
    assert found == expected


def test_table_of_the_documentation():
    text = (pathlib.Path(__file__).parents[2] / "docs/SECURITY.md").read_text()
    rows = re.findall(r"^\| ([^|]+) \| (out|refused) \| (out|refused) \| (out|refused) \|$", text, re.M)
    word = {True: "out", False: "refused"}
    assert rows == [(what, "refused", word[plain], word[mapped]) for what, plain, mapped in ESCAPES.values()]


@pytest.mark.parametrize("users", ["pick", "identity", "no"])
def test_the_program_that_goes_in_cannot_be_overwritten(warren, busybox, tmp_path, users):
    """CVE-2019-5736. With the host's ids inside nothing but the way it is executed protects warren."""
    add_warren(busybox)  # for its libraries
    (busybox / "bin/warren").unlink()
    (busybox / "bin/victim").write_text("#!/proc/self/exe\n")
    (busybox / "bin/victim").chmod(0o755)
    # As after an upgrade: what the monitor runs itself nobody can write to.
    program = tmp_path / "warren"
    shutil.copy(WARREN, program)
    attack = f"payload escape program {program.stat().st_ino} > /result; sleep 1000"
    declare(warren, "box", busybox, "sh", "-c", attack, privateUsers=users)
    succeed(warren, "start", "box")
    try:
        for _ in range(200):
            subprocess.run([program, "run", "box", "/bin/victim"], env=warren.environment, capture_output=True,
                           stdin=subprocess.DEVNULL)
            shown = succeed(warren, "run", "box", "cat", "/result").stdout
            if shown:
                break
        assert shown == b"program refused\n"
    finally:
        stop_all(warren)


@pytest.mark.parametrize("owner, seen, made", [
    ("", [65534, 65534], None), ("root", [0, 65534], 1000), ("same", [1000, 2000], 0), (33, [33, 65534], None),
    ("www", [34, 65534], None)])
def test_owners_of_a_declared_bind_mount(warren, busybox, tmp_path, owner, seen, made):
    """What root inside makes there belongs to no other user of the host than the declaration says."""
    shared = tmp_path / "shared"
    shared.mkdir()
    for name, uid in (("mine", 1000), ("others", 2000)):
        (shared / name).write_text("")
        os.chown(shared / name, uid, uid)
    os.chown(shared, 1000, 1000)
    bind = {"hostPath": str(shared), "isReadOnly": False, **({"owner": str(owner)} if owner else {})}
    declare(warren, "box", busybox, "sleep", "1000", bindMounts={"/shared": bind}, users={"www": {"uid": 34}})
    succeed(warren, "start", "box")
    try:
        shown = succeed(warren, "run", "box", "stat", "-c", "%u", "/shared/mine", "/shared/others").stdout
        assert list(map(int, shown.split())) == seen
        result = warren.run("run", "box", "sh", "-c", "cp /bin/busybox /shared/trap && chmod 4755 /shared/trap")
        assert (result.returncode == 0) == (made is not None)
        assert (shared / "trap").exists() == (made is not None)
        if made is not None:
            assert (shared / "trap").stat().st_uid == made
            assert warren.run("run", "box", "chown", "7", "/shared/trap").returncode == (0 if owner == "same" else 1)
    finally:
        stop_all(warren)
