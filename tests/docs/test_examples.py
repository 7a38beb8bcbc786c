"""The examples in the documents, run as they stand.

A fenced block of the language `console` is a dialogue: a line that starts with `# ` (root) or
`$ ` is typed, one with `> ` continues it, and the others are what must come back. An ellipsis
stands for any text, on a line of its own for any lines. The blocks of one document are run in
their order, in one empty directory, with the built warren in front of $PATH.
"""
import os
import pathlib
import re
import subprocess

import pytest

from harness import WARREN

SOURCE = pathlib.Path(__file__).parents[2]
DOCUMENTS = sorted([*SOURCE.glob("*.md"), *(SOURCE / "docs").rglob("*.md")])


def dialogues(path):
    """(line number, command, expected lines) of every command in a document."""
    found, inside = [], False
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if line.startswith("```"):
            inside = line == "```console"
        elif inside and line[:2] in ("# ", "$ "):
            found.append((number, line[2:], []))
        elif inside and line.startswith("> ") and not found[-1][2]:
            found[-1] = (found[-1][0], found[-1][1] + "\n" + line[2:], [])
        elif inside:
            found[-1][2].append(line)
    return found


def pattern(lines):
    parts = [r"(?:.*\n)*?" if line == "…" else ".*?".join(map(re.escape, line.split("…"))) + r"[ \t]*\n"
             for line in lines]
    return "".join(parts)


@pytest.fixture
def place(warren, tmp_path):
    """A directory to work in, and the environment that goes with it."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "warren").symlink_to(WARREN)
    directory = tmp_path / "here"
    directory.mkdir()
    yield directory, {**warren.environment, "PATH": f"{programs}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}
    warren.run("terminate", "--all")  # what an example that failed has left running


@pytest.mark.parametrize("path", [p for p in DOCUMENTS if dialogues(p)], ids=lambda p: p.name)
def test_examples(place, path):
    directory, environment = place
    for number, command, expected in dialogues(path):
        result = subprocess.run(["sh", "-c", command], cwd=directory, env=environment, timeout=60,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        shown = result.stdout.decode().replace("\r", "")
        assert re.fullmatch(pattern(expected), shown), \
            f"{path.name}:{number}: {command}\nexpected:\n" + "\n".join(expected) + f"\ncame:\n{shown}"


def test_the_readme_has_an_example():
    assert len(dialogues(SOURCE / "README.md")) >= 5


def test_a_wrong_example_is_noticed():
    assert re.fullmatch(pattern(["uid=0 …", "…", "end"]), "uid=0 gid=0\na\nb\nend\n")
    assert not re.fullmatch(pattern(["uid=1"]), "uid=0\n")
    assert not re.fullmatch(pattern([]), "warren: something\n")
