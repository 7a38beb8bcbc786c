"""A symlink called systemd-nspawn to warren: the options of the other are known, and take the same."""
import re
import subprocess

import pytest

from harness import WARREN

# Of systemd-nspawn 253 to 261, which Debian 12's does not know; those with a value are marked.
LATER = {"--image-policy=", "--background=", "--cleanup", "--no-ask-password", "--uid=", "--mstack=",
         "--bind-user-shell=", "--bind-user-group="}
# Not in its help, for old times' sake.
OLD = {"--share-system", "--private-users-chown"}
UNIT = ("--quiet --keep-unit --boot --link-journal=try-guest --network-veth -U --settings=override "
        "--machine=box").split()


def long_options_of_nspawn():
    text = subprocess.run(["systemd-nspawn", "--help"], capture_output=True, text=True).stdout
    found = set(re.findall(r"^ *(?:-\w )? *(--[a-z-]+)", text, re.M))
    assert len(found) > 60
    return sorted(found | OLD)


def short_options_of_nspawn():
    text = subprocess.run(["systemd-nspawn", "--help"], capture_output=True, text=True).stdout
    found = sorted(set(re.findall(r"^ *(-\w)\b", text, re.M)))
    assert len(found) > 15
    return found


def kind(program, option):
    """What `program` says that a long option takes: nothing, a value, or maybe one."""
    say = lambda *arguments: subprocess.run([*program, *arguments], capture_output=True, text=True,
                                            stdin=subprocess.DEVNULL, timeout=20).stderr
    alone = say(option)
    if re.search(r"requires an argument|its value is missing", alone):
        return "value"
    assert not re.search(r"unrecognized option|no such option|ambiguous|could be several", alone), alone
    given = say(f"{option}=x", "--help")
    return "nothing" if re.search(r"doesn't allow an argument|it takes no value", given) else "maybe"


@pytest.fixture
def link(tmp_path):
    path = tmp_path / "systemd-nspawn"
    path.symlink_to(WARREN)
    return path


@pytest.mark.parametrize("option", long_options_of_nspawn())
def test_long_options_take_what_nspawns_take(tmp_path, option):
    # A missing tree: nothing is ever started.
    here = [WARREN, "spawn", "-D", tmp_path / "no-tree"]
    assert kind(here, option) == kind(["systemd-nspawn", "-D", tmp_path / "no-tree"], option)


@pytest.mark.parametrize("option", sorted(LATER))
def test_options_of_later_versions_are_known(tmp_path, option):
    here = [WARREN, "spawn", "-D", tmp_path / "no-tree"]
    assert kind(here, option.rstrip("=")) == ("value" if option.endswith("=") else "nothing")


@pytest.mark.parametrize("option", short_options_of_nspawn())
def test_short_options_are_known(tmp_path, option):
    result = subprocess.run([WARREN, "spawn", "-D", tmp_path / "no-tree", option],
                            capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert "no such option" not in result.stderr


@pytest.mark.parametrize("options", [
    ["-q"], ["--no-pager"], ["--no-ask-password"], ["--background=42"], ["--register=no"],
    ["--register=yes"], ["--keep-unit"], ["--link-journal=no"], ["--link-journal=auto"],
    ["--link-journal=try-guest"], ["--link-journal=try-host"], ["-j"], ["--settings=no"],
    ["--settings=yes"], ["--settings=override"], ["--settings=trusted"], ["-U"],
    ["--notify-ready=no"], ["--private-users-ownership=auto"]])
def test_options_without_a_meaning_here_do_no_harm(warren, busybox, link, options):
    result = subprocess.run([link, *options, "-D", busybox, "echo", "fine"], env=warren.environment,
                            capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert (result.returncode, result.stdout, result.stderr) == (0, "fine\n", "")


def test_the_template_units_command_line(warren, busybox, link):
    """What systemd-nspawn@.service runs."""
    tree = busybox.parent / "box"
    busybox.rename(tree)
    (tree / "bin/init").unlink()
    (tree / "bin/init").write_text("#!/bin/sh\nhostname; ls /sys/class/net; exit 3\n")
    (tree / "bin/init").chmod(0o755)
    result = subprocess.run([link, *UNIT, "-D", tree], env=warren.environment, capture_output=True,
                            text=True, stdin=subprocess.DEVNULL)
    assert (result.returncode, result.stdout.split(), result.stderr) == (3, ["box", "host0", "lo"], "")


@pytest.mark.parametrize("option", [
    "--image=/x.raw", "-i/x.raw", "--image-policy=root=verity", "--root-hash=00", "--root-hash-sig=x",
    "--verity-data=/x", "--oci-bundle=/x", "--mstack=/x", "--bind-user=alice", "--bind-user-shell=yes",
    "--bind-user-group=wheel", "-Sx.slice", "--property=MemoryMax=1G", "-Zlabel", "-Llabel",
    "--link-journal=host", "--link-journal=guest", "--private-users=managed",
    "--private-users-ownership=foreign", "--private-users-ownership=chown", "--private-users-chown",
    "--share-system"])
def test_what_cannot_be_done_says_so(warren, busybox, link, option):
    result = subprocess.run([link, option, "-D", busybox, "true"], env=warren.environment,
                            capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert result.returncode == 125
    line, = result.stderr.splitlines()
    assert line.startswith("warren: --")
    assert re.search(r"supported|never|cannot|not known|itself|of its own", line), line
    assert "=)" not in line  # a usage that says nothing


@pytest.mark.parametrize("option", ["--capability", "--console", "--kill-signal", "--resolv-conf", "--timezone"])
def test_values_are_listed_as_nspawn_lists_them(warren, option):
    theirs = subprocess.run(["systemd-nspawn", f"{option}=help"], capture_output=True, text=True, check=True)
    ours = warren.run("spawn", f"{option}=help")
    assert ours.returncode == 0 and ours.stderr == b""
    listed = {line.upper() for line in ours.stdout.decode().splitlines()}
    assert listed >= {line.upper() for line in theirs.stdout.splitlines() if not line.isdigit()}


def test_personalities_are_listed(warren):
    assert warren.run("spawn", "--personality=help").stdout == b"x86\nx86-64\n"
    assert warren.run("spawn", "--volatile=help").returncode == 125, "it has no list"
