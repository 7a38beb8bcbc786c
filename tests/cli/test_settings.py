"""systemd.nspawn(5) files: where they are found, who wins, and what a stranger's may not say."""
import os
import subprocess

import pytest

from harness import WARREN


@pytest.fixture
def beside(busybox):
    """The file that lies beside the tree."""
    return busybox.parent / f"{busybox.name}.nspawn"


@pytest.fixture
def trusted(warren, busybox):
    """A file in /etc/systemd/nspawn, below --root."""
    directory = warren.root / "etc/systemd/nspawn"
    directory.mkdir(parents=True)
    return directory / f"{busybox.name}.nspawn"


def settings(file, text):
    file.write_text(text)
    return file


def test_a_file_is_read(warren, busybox, trusted):
    settings(trusted, "# of the administrator\n[Exec]\nHostname=other\nEnvironment=A=1 'B=x y'\n"
                      "WorkingDirectory=/etc\nLimitNOFILE=100:200\nCapability=CAP_SYS_TIME \\\n  CAP_SYSLOG\n"
                      "DropCapability=CAP_KILL\n[Network]\nPrivate=yes\n")
    report = warren.report(busybox)
    assert report["environment"]["A"] == "1" and report["environment"]["B"] == "x y"
    script = "hostname; pwd; ulimit -n; ls /sys/class/net; grep CapBnd /proc/self/status"
    lines = warren.output(busybox, "sh", "-c", script).splitlines()
    assert lines[:4] == ["other", "/etc", "100", "lo"]
    bounding = int(lines[4].split()[1], 16)
    assert bounding & (1 << 25) and bounding & (1 << 34) and not bounding & (1 << 5)


def test_files_and_mounts(warren, busybox, trusted, tmp_path):
    (tmp_path / "shown").mkdir()
    (tmp_path / "shown/hello").write_text("hello\n")
    settings(trusted, f"[Files]\nReadOnly=yes\nBindReadOnly={tmp_path}/shown:/mnt\nTemporaryFileSystem=/var\n"
                      "Inaccessible=/etc/passwd\n")
    (busybox / "mnt").mkdir(exist_ok=True)
    (busybox / "var").mkdir(exist_ok=True)
    script = "cat /mnt/hello; touch /root-file /mnt/x || touch /var/x && wc -c < /etc/passwd"
    result = warren.spawn(busybox, "sh", "-c", script)
    assert result.stdout == b"hello\n0\n", result.stderr
    assert result.stderr.count(b"Read-only") == 2


def test_the_command_in_the_file(warren, busybox, trusted):
    settings(trusted, "[Exec]\nParameters=sh -c 'echo \"$0 $1\"' one \"two three\"\n")
    assert warren.output(busybox) == "one two three\n"
    assert warren.output(busybox, "echo", "mine") == "mine\n"
    assert warren.spawn(busybox, "--settings=no").stdout != b"one two three\n"
    assert warren.output(busybox, "--settings=override", "echo", "mine") == "one two three\n"


def test_who_wins(warren, busybox, trusted):
    settings(trusted, "[Exec]\nHostname=file\nUser=1000\n")
    script = ["sh", "-c", "hostname; id -u"]
    for mode, expected in (("yes", "line\n1000\n"), ("trusted", "line\n1000\n"), ("no", "line\n0\n"),
                           ("override", "file\n1000\n")):
        assert warren.output(busybox, f"--settings={mode}", "--hostname=line", *script) == expected
    assert warren.output(busybox, "-u", "root", *script) == "file\n0\n"


def test_the_administrators_file_comes_first(warren, busybox, trusted, beside):
    settings(beside, "[Exec]\nHostname=beside\n")
    assert warren.output(busybox, "hostname") == "beside\n"
    run = warren.root / "run/systemd/nspawn"
    run.mkdir(parents=True)
    settings(run / trusted.name, "[Exec]\nHostname=run\n")
    assert warren.output(busybox, "hostname") == "run\n"
    settings(trusted, "[Exec]\nHostname=etc\n")
    assert warren.output(busybox, "hostname") == "etc\n"
    trusted.unlink()
    trusted.symlink_to("/dev/null")
    assert warren.output(busybox, "hostname") == "nifty\n"


def test_the_machines_name_decides(warren, busybox, trusted, beside):
    settings(trusted.with_name("web.nspawn"), "[Exec]\nHostname=web-file\n")
    settings(beside.with_name("db.nspawn"), "[Exec]\nHostname=db-file\n")
    assert warren.output(busybox, "-M", "web", "hostname") == "web-file\n"
    assert warren.output(busybox, "-M", "db", "hostname") == "db-file\n"
    assert warren.output(busybox, "-M", "else", "hostname") == "else\n"
    # A temporary container's name has a random end; the file's has not.
    settings(trusted, "[Exec]\nEphemeral=yes\nEnvironment=FOUND=yes\n")
    assert warren.output(busybox, "sh", "-c", "touch /x; echo $FOUND; hostname").startswith("yes\nnifty-")
    assert not (busybox / "x").exists()


# A file beside the tree came with it: what it may not say, and what would show if it could.
ATTACKS = {
    "[Files]\nBind=/:/mnt\n": "[ -e /mnt/etc/hostname ]",
    "[Files]\nBindReadOnly=/etc:/mnt\n": "[ -e /mnt/hostname ]",
    "[Files]\nOverlay=/etc::/mnt\n": "[ -e /mnt/hostname ]",
    "[Exec]\nPrivateUsers=no\n": "grep -q '^ *0 *0 *4294967295$' /proc/self/uid_map",
    "[Exec]\nPrivateUsers=identity\n": "grep -q '^ *0 *0 ' /proc/self/uid_map",
    "[Exec]\nCapability=all\n": "grep -q 'CapBnd:.*1ff' /proc/self/status",
    "[Exec]\nAmbientCapability=CAP_SYS_ADMIN\nUser=1000\n": "grep -q 'CapEff:.*[1-9a-f]' /proc/self/status",
    "[Exec]\nOOMScoreAdjust=500\n": "grep -qx 500 /proc/self/oom_score_adj",
    "[Exec]\nLimitNOFILE=77\n": '[ "$(ulimit -n)" = 77 ]',
    "[Exec]\nEnvironment=PATH\n": "false",
    "[Network]\nPrivate=no\n": "[ -e /sys/class/net/lo ] && [ $(ls /sys/class/net | wc -l) -gt 1 ]",
}


@pytest.mark.parametrize("text", ATTACKS)
@pytest.mark.parametrize("mode", ["yes", "override"])
def test_a_strangers_file_gains_nothing(warren, busybox, beside, text, mode):
    settings(beside, text)
    (busybox / "mnt").mkdir(exist_ok=True)
    result = warren.spawn(busybox, f"--settings={mode}", "--private-network", "sh", "-c",
                          f"{ATTACKS[text]} && echo gained; true")
    assert result.stdout == b""
    line, = result.stderr.decode().splitlines()
    if result.returncode == 0:
        key = next(word for word in text.split("\n") if "=" in word).split("=")[0]
        assert line == (f"warren: {beside}: ignored, as the file lies beside the root tree: {key}= "
                        "(move it to /etc/systemd/nspawn, or give --settings=trusted)")
    else:
        assert line.startswith(f"warren: {beside}:2: Environment=PATH: it is NAME=VALUE")


@pytest.mark.parametrize("text", [text for text in ATTACKS if "Environment" not in text])
def test_a_trusted_file_gains_what_it_says(warren, busybox, beside, text):
    """The attacks above, seen to work: what fails there is not the attack."""
    settings(beside, text)
    (busybox / "mnt").mkdir(exist_ok=True)
    result = warren.spawn(busybox, "--settings=trusted", "sh", "-c", f"{ATTACKS[text]} && echo gained; true")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"gained\n", b"")


def test_trust_can_be_given(warren, busybox, beside, tmp_path):
    (tmp_path / "shown").mkdir()
    (tmp_path / "shown/hello").write_text("hello\n")
    (busybox / "mnt").mkdir(exist_ok=True)
    settings(beside, f"[Files]\nBindReadOnly={tmp_path}/shown:/mnt\n")
    result = warren.spawn(busybox, "--settings=trusted", "cat", "/mnt/hello")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"hello\n", b"")


def test_a_strangers_file_undoes_nothing(warren, busybox, beside):
    settings(beside, "[Exec]\nUser=root\nNoNewPrivileges=no\nSystemCallFilter=~chroot\n[Files]\nReadOnly=no\n")
    script = "id -u; grep NoNewPrivs /proc/self/status; touch /x || mkdir /y || chmod 600 /bin/payload"
    result = warren.spawn(busybox, "--settings=override", "--user=1000", "--no-new-privileges=yes", "--read-only",
                          "--system-call-filter=~chmod fchmodat", "sh", "-c", script)
    assert result.stdout == b"1000\nNoNewPrivs:\t1\n"
    assert result.returncode != 0 and b"Operation not permitted" in result.stderr


@pytest.mark.parametrize("text,message", [
    ("[Exec]\n\nBoot=maybe\n", "3: Boot=maybe: it is yes or no"),
    ("[Exec]\nUser\n", "2: it is neither [SECTION] nor KEY=VALUE"),
    ("Boot=yes\n", "1: a [SECTION] comes first"),
    ("[Exec]\nKillSignal=SIGFOO\n", "2: KillSignal=SIGFOO: "),
    ("[Exec]\nBoot=yes\nProcessTwo=yes\n", "3: ProcessTwo=yes: Boot= and ProcessTwo= exclude each other"),
    ("[Exec]\nUser=a\0b\n", "2: it has a control character"),
    ("[Exec]\nHostname=\x1b[2J\n", "2: it has a control character"),
])
def test_mistakes_say_where(warren, busybox, trusted, text, message):
    settings(trusted, text)
    result = warren.spawn(busybox, "true")
    assert (result.returncode, result.stdout) == (125, b"")
    line, = result.stderr.decode().splitlines()
    assert line.startswith(f"warren: {trusted}:{message}")


def test_keys_of_tomorrow_are_passed_over(warren, busybox, trusted):
    settings(trusted, "[Exec]\nHostnam=x\nX-Mine=y\n[Tomorrow]\nA=b\n")
    result = warren.spawn(busybox, "hostname")
    assert (result.returncode, result.stdout) == (0, b"nifty\n")
    assert result.stderr.decode() == (f"warren: {trusted}:2: Hostnam= in [Exec] is not known and is ignored "
                                      "(did you mean Hostname=?), and 1 more\n")


@pytest.mark.parametrize("mode", ["yes", "override", "trusted"])
def test_hostile_files_hold_nothing_up(warren, busybox, beside, mode):
    option = f"--settings={mode}"
    os.mkfifo(beside)
    assert b"it is not a regular file" in warren.spawn(busybox, option, "true", timeout=10).stderr
    beside.unlink()
    beside.mkdir()
    assert b"it is not a regular file" in warren.spawn(busybox, option, "true", timeout=10).stderr
    beside.rmdir()
    beside.symlink_to("/dev/zero")
    assert b"it is not a regular file" in warren.spawn(busybox, option, "true", timeout=10).stderr
    beside.unlink()
    beside.write_bytes(b"[Exec]\nUser=" + b"x" * (300 << 10))
    assert b"File too large" in warren.spawn(busybox, option, "true", timeout=10).stderr
    beside.write_bytes(b"[Exec]\n" + b"Environment=A=b\n" * 5000)
    assert b"more than 4096 settings" in warren.spawn(busybox, option, "true", timeout=10).stderr
    beside.write_bytes(os.urandom(4096))
    result = warren.spawn(busybox, option, "true", timeout=10)
    assert result.returncode == 125 and result.stderr.count(b"\n") == 1 and result.stderr.isascii()
    assert warren.output(busybox, "--settings=no", "echo", "fine") == "fine\n"


def test_as_systemd_nspawn(warren, busybox, trusted, tmp_path):
    """The command line of systemd-nspawn@.service, whose settings the file overrides."""
    link = tmp_path / "systemd-nspawn"
    link.symlink_to(WARREN)
    settings(trusted, "[Exec]\nBoot=no\nParameters=hostname\nHostname=unit\n[Network]\nPrivate=yes\n")
    line = ("--quiet --keep-unit --boot --link-journal=try-guest --network-veth -U --settings=override "
            f"--machine={busybox.name}").split()
    result = subprocess.run([link, *line, "-D", busybox], env=warren.environment, capture_output=True,
                            text=True, stdin=subprocess.DEVNULL)
    assert (result.returncode, result.stdout, result.stderr) == (0, "unit\n", "")


# What a file says, the same for both tools: a text, and a script that shows what came of it.
BOTH = {
    "words": ("[Exec]\nEnvironment=A=1 'B=x  y' \"C='\"\nEnvironment=D=\\t\nWorkingDirectory=/etc\nHostname=other\n",
              'echo "$A|$B|$C|$D"; pwd; hostname'),
    "reset": ("[Exec]\nEnvironment=A=1\nEnvironment=\nEnvironment=B=2\n", 'echo "$A|$B"'),
    "syntax": ("\ufeff; comment\n# comment\n\n [Exec] \n Hostname = a-b \nEnvironment=A=1 \\\n# between\n  B=2\n"
               "[X-Mine]\nAnything=goes\n[Exec]\nWorkingDirectory=/tmp\n", 'hostname; echo "$A|$B"; pwd'),
    "last wins": ("[Exec]\nHostname=one\nHostname=two\n[Files]\nReadOnly=yes\nReadOnly=no\n", "hostname; touch /x && echo fine"),
    "rights": ("[Exec]\nDropCapability=CAP_KILL CAP_CHOWN\nNoNewPrivileges=yes\nCapability=CAP_SYS_TIME\n",
               "grep -E 'CapBnd|NoNewPrivs' /proc/self/status"),
    "limits": ("[Exec]\nLimitNOFILE=100:200\nLimitCORE=0\nOOMScoreAdjust=300\n",
               "ulimit -Sn; ulimit -Hn; ulimit -c; cat /proc/self/oom_score_adj"),
    "mounts": ("[Files]\nBindReadOnly=/usr/share:/mnt\nTemporaryFileSystem=/home\n",
               "ls -1 /mnt | head -n 3; ls -1 /home; touch /home/x && rm /home/x && echo fine"),
    "read-only": ("[Files]\nReadOnly=yes\n", "touch /x || echo refused"),
    "network": ("[Network]\nPrivate=yes\n", "ls -1 /sys/class/net"),
}


@pytest.mark.parametrize("name,trust", [
    (name, trust) for name in BOTH for trust in ("yes", "trusted", "override", "no")
    if (name, trust) != ("limits", "no")])  # there it passes its own limits on
def test_the_same_as_systemd_nspawn(warren, nspawn, busybox, beside, name, trust):
    text, script = BOTH[name]
    settings(beside, text)
    options = ["--private-users=no", f"--settings={trust}", "-D", busybox, "--hostname=line", "sh", "-c",
               f"{{ {script}; }} 2>/dev/null; echo end"]
    theirs = nspawn(*options)
    ours = warren.run("spawn", *options)
    assert ours.stdout.decode() == theirs.stdout.decode().replace("\r", ""), (ours.stderr, theirs.stderr)
    assert b"end" in theirs.stdout


def test_the_same_command_as_systemd_nspawn(warren, nspawn, busybox, beside):
    settings(beside, "[Exec]\nProcessTwo=yes\nParameters=sh -c 'echo \"$$ $# $1|$2\"' \\\n  x 'a  b' \"c\"d\n")
    theirs = nspawn("--private-users=no", "-D", busybox)
    assert warren.output(busybox, "--private-users=no") == theirs.stdout.decode().replace("\r", "") == "2 2 a  b|cd\n"


def test_a_system_is_booted(warren, busybox, beside):
    (busybox / "etc/inittab").write_text("::sysinit:/bin/hostname\n::once:/bin/poweroff\n")
    settings(beside, "[Exec]\nBoot=yes\nHostname=booted\n")
    result = warren.spawn(busybox)
    assert result.returncode == 0 and b"booted" in result.stdout
