"""Options in the manual, in the table of differences, in the completion, and in the help."""
import os
import pathlib
import re
import subprocess

import pytest

from harness import WARREN

SOURCE = pathlib.Path(__file__).parents[2]


def table():
    """(long name, letter) of every option of `warren spawn`, from the source."""
    text = (SOURCE / "src/cli/spawn_options.cc").read_text()
    rows = re.findall(r"""^    \{"([a-z0-9-]*)", (?:0|'(.)'), (?:Nothing|Value|MaybeValue),""", text, re.MULTILINE)
    assert len(rows) > 70
    return [f"--{name}" if name else f"-{letter}" for name, letter in rows]


@pytest.mark.parametrize("option", table())
def test_option_is_explained(option):
    manual = (SOURCE / "docs/man/warren-spawn.1").read_text()
    assert re.search(rf"^\.TP\n.*\\fB{re.escape(option.replace('-', chr(92) + '-'))}\\fR", manual, re.MULTILINE)
    differences = (SOURCE / "docs/NSPAWN.md").read_text()
    assert re.search(rf"^\|[^|]*`{re.escape(option)}[=\[`]", differences, re.MULTILINE), f"{option} is not in NSPAWN.md"


def test_every_option_of_the_installed_nspawn_is_known():
    shown = subprocess.run(["systemd-nspawn", "--help"], capture_output=True, text=True, check=True).stdout
    theirs = set(re.findall(r"^  (?:-\w |   )(--[a-z0-9-]+)", shown, re.MULTILINE)) | \
        set(re.findall(r"^  (-\w) ", shown, re.MULTILINE))
    assert len(theirs) > 60
    letters = re.findall(r"'(\w)'", (SOURCE / "src/cli/spawn_options.cc").read_text())
    assert theirs - set(table()) - {f"-{letter}" for letter in letters} == set()


@pytest.mark.parametrize("page", ["warren.1", "warren-spawn.1"])
def test_manual_is_good_troff(page):
    result = subprocess.run(["groff", "-man", "-ww", "-Tutf8", SOURCE / "docs/man" / page],
                            capture_output=True, text=True)
    assert result.returncode == 0 and result.stderr == ""
    assert "…" not in (SOURCE / "docs/man" / page).read_text()


def complete(*words):
    """What bash offers for the last of `words`, which are split as bash does it, also at =."""
    script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _warren; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    result = subprocess.run(["bash", "-c", script, "bash", SOURCE / "completions/warren.bash", *words],
                            capture_output=True, text=True, cwd=SOURCE / "docs")
    assert result.returncode == 0 and result.stderr == "", result.stderr
    return sorted(result.stdout.split())


def test_completion():
    assert complete("warren", "sp") == ["spawn"]
    assert complete("warren", "--") == ["--help", "--root=", "--version"]
    assert complete("warren", "help", "sp") == ["spawn"]
    assert complete("warren", "spawn", "--bind") == ["--bind-ro=", "--bind-user-group=",
                                                           "--bind-user-shell=", "--bind-user=", "--bind="]
    assert complete("warren", "spawn", "--volatile", "=", "s") == ["state"]
    assert complete("warren", "spawn", "--console", "=") == \
        ["autopipe", "interactive", "passive", "pipe", "read-only"]
    assert complete("warren", "spawn", "--private-users", "=", "i") == ["identity"]
    assert complete("warren", "spawn", "--register", "=", "") == ["no", "yes"]
    assert complete("warren", "spawn", "-D", "ma") == ["man"]
    assert set(table()) - {"-U", "-j"} <= {w.rstrip("=") for w in complete("warren", "spawn", "--")}


# A shell each: what it offers for the last of some words.
SHELLS = {
    "bash": ["bash", "-c", 'source completions/warren.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _warren; '
                           'printf "%s\\n" "${COMPREPLY[@]}"', "bash"],
    # Without a terminal zsh completes nothing: the script is run, and what it would add is filtered as zsh does.
    "zsh": ["zsh", "-f", "-c", """
        compdef() { : }; _files() { : }; compset() { : }
        compadd() { while [[ $1 != -- ]]; do [[ $1 == -S ]] && shift; shift; done; shift
                    print -rl -- ${(M)@:#${words[CURRENT]##--*=}*} }
        source completions/warren.zsh; words=("$@"); CURRENT=$#; _warren""", "zsh"],
    "fish": ["fish", "--no-config", "-c", "source completions/warren.fish; complete -C (string join ' ' -- $argv) | "
                                          "string replace -r '\\t.*' ''"],
}


@pytest.fixture
def offered(warren, tmp_path):
    """offered(SHELL, WORD…): the completions, with two containers there."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "warren").symlink_to(WARREN)
    environment = {**warren.environment, "PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(tmp_path)}
    for name in ("web", "worker"):
        assert warren.run("create", name, "--image", "busybox").returncode == 0

    def call(shell, *words):
        result = subprocess.run([*SHELLS[shell], *words], capture_output=True, text=True, cwd=SOURCE, env=environment)
        assert result.returncode in (0, 1) and result.stderr == "", result.stderr
        return sorted(set(result.stdout.split()))
    return call


@pytest.mark.parametrize("shell", SHELLS)
def test_what_shells_offer(offered, shell):
    assert offered(shell, "warren", "show-") == ["show-host-key", "show-ip"]
    for verb in ("start", "stop", "status", "destroy", "login", "run", "update", "rollback"):
        assert offered(shell, "warren", verb, "w") == ["web", "worker"], verb
    assert offered(shell, "warren", "start", "web", "wo") == ["worker"]
    assert offered(shell, "warren", "list", "w") == []
    assert offered(shell, "warren", "create", "x", "--set", "limits.m") == ["limits.memory=", "limits.memoryHigh="]
    assert offered(shell, "warren", "update", "web", "--set", "serv") == ["services."]
    assert offered(shell, "warren", "create", "--ens") == ["--ensure-unique-name"]
    assert offered(shell, "warren", "logs", "--f") == ["--follow"]
    assert offered(shell, "warren", "image", "i") == ["import"]
    assert offered(shell, "warren", "help", "show-") == ["show-host-key", "show-ip"]
    assert offered(shell, "warren", "spawn", "--console", "pa") == ["passive"]
    assert {word.rstrip("=") for word in offered(shell, "warren", "spawn", "--overlay")} == {"--overlay", "--overlay-ro"}


@pytest.mark.parametrize("script", ["bash", "zsh", "fish"])
def test_completion_is_good_syntax(script):
    result = subprocess.run([script, "-n", SOURCE / f"completions/warren.{script}"], capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (0, "")


def shown(*arguments):
    return subprocess.run([WARREN, *arguments], capture_output=True, text=True)


def test_help_fits_a_screen():
    lines = shown("--help").stdout.splitlines()
    assert len(lines) <= 24 and max(map(len, lines)) <= 80


def test_help_of_a_verb():
    assert shown("help", "spawn").stdout == shown("spawn", "--help").stdout == shown("spawn", "-h").stdout
    assert "\nExample" in shown("help", "spawn").stdout
    assert shown("help", "help").stdout == shown("help").stdout == shown("--help").stdout
    unknown = shown("help", "spwan")
    assert (unknown.returncode, unknown.stdout) == (125, "")
    assert unknown.stderr == "warren: spwan: no such verb (did you mean spawn?)\n"
