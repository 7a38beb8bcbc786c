"""Every option with nothing, with an empty value and with garbage: one line, and nothing made."""
import os
import pathlib
import re
import subprocess

import pytest

from harness import WARREN, listing

# Options with the values that are garbage for them; None for those that take any text.
GARBAGE = {
    "--directory": ["/no/such/tree"], "--template": [], "--volatile": ["maybe"],
    "--pivot-root": ["relative", "/a:b", "/a:/b:/c", "/x/../y", "/"],
    "--chdir": ["relative", "/a/../b"], "--setenv": ["=x", "1A=x", "a b=c", "UNSET_VARIABLE_X"],
    "--user": ["nobody-here", "-1", "4294967295"],
    "--kill-signal": ["FOO", "0", "65", "SIGRTMIN+99", "RTMIN-1"], "--notify-ready": ["maybe"],
    "--suppress-sync": ["maybe"], "--machine": ["a/b", "..", "-x", "a" * 65, "ä", "a..b"],
    "--hostname": ["a b", "x" * 65], "--uuid": ["123", "z" * 32, "0" * 32],
    "--private-users": ["maybe", "65536:0", "99999999999", "1000:x", "4294967290:100"],
    "--private-users-ownership": ["chown", "maybe"],
    "--network-namespace-path": ["/no/such/file"],
    "--capability": ["CAP_NONSENSE", "99", "CAP_CHOWN,"], "--drop-capability": ["CAP_NONSENSE"],
    "--ambient-capability": ["CAP_NONSENSE"], "--no-new-privileges": ["maybe"],
    "--seccomp": ["maybe"],
    "--system-call-filter": ["no_such_call", "@no-such-group", "~", "~no_such_call"],
    "--rlimit": ["NOFILE", "FOO=1", "NOFILE=x", "NOFILE=2:1", "NOFILE=1:2:3", "CPU=5x", "NICE=41"],
    "--oom-score-adjust": ["1001", "-1001", "x"], "--cpu-affinity": ["x", "3-1", "99999", ","],
    "--personality": ["arm"], "--register": ["maybe"],
    "--bind": ["/no/such/source", "a:b:c:d", "/etc:relative", "/etc:/x:nonsense", ":"],
    "--bind-ro": ["/etc:/a/../b"], "--inaccessible": ["relative", "/no/such/file"],
    "--tmpfs": ["relative", "/x:no-such-option=1"],
    "--overlay": ["/only-one", "/a:relative:/x:y"], "--overlay-ro": ["/only-one"],
    "--resolv-conf": ["maybe"], "--timezone": ["maybe"], "--link-journal": ["maybe", "host"],
    "--set-credential": ["no-colon", "a/b:x", ":x", "x:\\z"],
    "--load-credential": ["no-colon", "x:/no/such/file", "x:"],
    "--console": ["maybe"], "--settings": ["maybe"], "--seccomp": ["maybe"],
    "--image": ["/x.raw"], "--oci-bundle": ["/x"], "--network-bridge": ["a/b", "x" * 16, "", "no-such-bridge"], "--port": ["0", "65536", "sctp:80", "1:2:3", "80-90"],
    "--network-veth-extra": ["a:b:c", ":", "a:lo:", "x" * 16], "--network-zone": ["x" * 13, "a/b", ""],
    "--network-interface": ["no-such-link", "a:b:c", "lo:", ":x"],
    "--network-macvlan": ["no-such-link", "a b"], "--network-ipvlan": ["no-such-link", "a/b"], "--bind-user": ["alice"],
    "--slice": ["x.slice"], "--property": ["MemoryMax=1G"], "--root-hash": ["x"],
    "--root-hash-sig": ["x"], "--verity-data": ["x"], "--image-policy": ["x"],
    "--selinux-context": ["x"], "--selinux-apifs-context": ["x"], "--mstack": ["/x"],
    "--bind-user-shell": ["yes"], "--bind-user-group": ["wheel"], "--private-users-chown": [],
    "--uid": ["nobody-here"], "--background": [],
}
NEEDS_NO_VALUE = {"--volatile", "--private-users", "--private-users-chown"}
# What only the running system can tell is told with the thing itself.
SEEN_LATE = {"--directory", "--user", "--uid", "--network-namespace-path", "--network-bridge",
             "--network-interface", "--network-macvlan", "--network-ipvlan", "--bind", "--inaccessible",
             "--tmpfs", "--overlay", "--overlay-ro"}


def table():
    """Every option with a value, also those that --help does not show: as they stand in the source."""
    source = pathlib.Path(__file__).parents[2] / "src/cli/spawn_options.cc"
    found = re.findall(r'^    \{"([a-z-]+)", (?:0|\'\w\'), (?:Maybe)?Value,', source.read_text(), re.M)
    assert len(found) > 60
    return {f"--{name}" for name in found}


def check(result, option):
    text = result.stderr.decode()
    assert result.returncode == 125, text
    assert result.stdout == b""
    assert text.count("\n") == 1 and text.endswith("\n"), text
    assert text.startswith("warren: ")
    return text


def test_table_is_complete():
    """A new option comes with its garbage, or cannot be added."""
    assert table() == set(GARBAGE)
    shown = subprocess.run([WARREN, "spawn", "--help"], capture_output=True, text=True).stdout
    assert set(re.findall(r"(--[a-z-]+)\[?=", shown)) <= table()


@pytest.mark.parametrize("option", sorted(set(GARBAGE) - NEEDS_NO_VALUE))
def test_without_a_value(warren, busybox, option):
    text = check(warren.spawn(busybox, option), option)
    assert f"{option}: its value is missing" in text


@pytest.mark.parametrize("option", sorted(GARBAGE))
def test_with_an_empty_value(warren, busybox, option):
    before = listing(busybox.parent)
    text = check(warren.spawn(busybox, f"{option}=", "true"), option)
    # What it takes is said too, and not with an empty word.
    assert re.search(rf"{option}: its value is empty \(usage: {option}\[?=.+\)$", text), text
    assert listing(busybox.parent) == before


@pytest.mark.parametrize("option,value", [(o, v) for o in sorted(GARBAGE) for v in GARBAGE[o]])
def test_with_garbage(warren, busybox, option, value):
    before = [e for e in listing(busybox.parent) if "warren-root/" not in e[0]]
    text = check(warren.spawn(busybox, f"{option}={value}", "true"), option)
    named = option in text and f"usage: {option}" in text
    assert named or (option in SEEN_LATE and value.split(":")[0] in text), text
    assert [e for e in listing(busybox.parent) if "warren-root/" not in e[0]] == before
    assert not warren.cgroup("nifty").exists()


@pytest.mark.parametrize("arguments,text", [
    ([], "a verb is missing (see warren --help)"),
    (["spwan"], "spwan: no such verb (did you mean spawn?)"),
    (["--rot=/x"], "--rot: no such option (did you mean --root?)"),
    (["--root=relative", "spawn"], "--root=relative: it is an absolute path (usage: --root=DIR)"),
    (["spawn", "--bnd=/x"], "--bnd: no such option (did you mean --bind?)"),
    (["spawn", "--b", "x"], "--b: it could be several options (such as --background and --boot)"),
    (["spawn", "-y"], "-y: no such option (see --help)"),
    (["spawn", "--boot=yes"], "--boot: it takes no value"),
    (["spawn", "-ab"], "--boot: an init is process 1: leave out --as-pid2"),
    (["spawn", "--private-users=pcik"], "--private-users=pcik: 'pcik' is not one of its values "
     "(usage: --private-users[=pick|identity|no|yes|BASE[:COUNT]])"),
    (["spawn", "--capability=CAP_NET_ADMINN"], "--capability=CAP_NET_ADMINN: 'CAP_NET_ADMINN' is no "
     "capability (did you mean CAP_NET_ADMIN?; usage: --capability=NAME,…)"),
])
def test_messages(warren, arguments, text):
    result = warren.run(*arguments)
    assert result.returncode == 125
    assert result.stderr.decode() == f"warren: {text}\n"


def test_combinations(warren, busybox):
    for options, text in (
            (["--ephemeral", f"--template={busybox}"], b"--template: an ephemeral container"),
            (["-b", "--ambient-capability=CAP_CHOWN"], b"--ambient-capability"),
            (["--ambient-capability=CAP_CHOWN", "--drop-capability=CAP_CHOWN"], b"--ambient-capability"),
            (["--set-credential=a:1", "--set-credential=a:2"], b"two credentials have one name"),
            (["--read-only", "--volatile"], b"--read-only"),
            (["--network-bridge=a", "--network-zone=b"], b"--network-zone: it goes with no other bridge"),
            (["-n", "--network-namespace-path=/x"], b"--network-namespace-path: it goes with no other"),
            (["-n", "--network-veth-extra=a:host0"], b"two interfaces would have one name inside"),
            (["--network-interface=a", "--network-macvlan=a"], b"cannot be used by anything else")):
        result = warren.spawn(busybox, *options, *([] if "-b" in options else ["true"]))
        assert result.returncode == 125 and text in result.stderr, result.stderr
        assert result.stderr.count(b"\n") == 1


def test_not_root(warren, busybox):
    result = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--",
                             *warren.command("spawn", "-D", "/", "-x", "true")],
                            capture_output=True, env=warren.environment)
    assert result.returncode == 125
    assert result.stderr == b"warren: containers are started by root (try sudo)\n"


def test_help_and_version(warren):
    for arguments in (["--help"], ["help"], ["spawn", "--help"], ["help", "spawn"], ["spawn", "-h"]):
        result = warren.run(*arguments)
        assert result.returncode == 0 and result.stdout.startswith(b"Usage: warren"), arguments
        assert result.stderr == b""
        assert max(map(len, result.stdout.decode().splitlines())) <= 100
    assert len(warren.run("--help").stdout.splitlines()) <= 24
    assert re.fullmatch(rb"warren \d+\.\d+\.\d+\n", warren.run("--version").stdout)
