"""Two of every verb at once on one name, and of each verb on many names; then a thousand rounds, or
so many as $WARREN_TEST_ROUNDS says."""
import itertools
import json
import os
import pathlib
import re

import pytest

from declared import nothing_is_left, succeed  # noqa: F401
from harness import CGROUPS, eventually, host_mounts, is_gone, listing

ROUNDS = int(os.environ.get("WARREN_TEST_ROUNDS", "20"))
COMMAND = ["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1000 & wait; done"]
BOX = {"image": "busybox", "privateNetwork": True, "boot": False, "command": COMMAND, "files": {"/etc/note": {"text": "hello\n"}}}

# The box's name goes in for NAME.
VERBS = {
    "create": "create NAME --config FILE",
    "start": "start NAME",
    "stop": "stop NAME",
    "restart": "restart NAME",
    "terminate": "terminate NAME",
    "update": "update NAME -s hostName=two",
    "rollback": "rollback NAME",
    "destroy": "destroy NAME",
    "run": "run NAME -- true",
    "copy-to": "copy-to NAME FILE /etc/copied",
    "list": "list --json",
    "status": "status NAME",
    "show": "show NAME",
    "logs": "logs NAME",
    "image remove": "image remove busybox",
}
# Why a verb may find that it cannot: the other one was first, or is on the way.
REASONS = ["there is no such container", "there is a container of this name already", "a container of this name is being created",
           "it is not running", "it ended", "there is no generation before 1", "there is none of that name", "containers are made of it",
           "a container is being made of it", "a container runs on it", "no such container is declared"]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "box.json"
    path.write_text(json.dumps({"containers": {"box": BOX}}))
    return path


def words(verb, file, name="box"):
    return [{"NAME": name, "FILE": str(file)}.get(word, word) for word in VERBS[verb].split()]


def both(warren, file, *verbs):
    """Runs them at the same time; returns the exit statuses."""
    children = [warren.start(*words(verb, file)) for verb in verbs]
    for verb, child in zip(verbs, children):
        output, errors = child.communicate(timeout=60)
        warren.children.remove(child)
        text = errors.decode()
        if child.returncode == 0 or (verb == "run" and (child.returncode, text) == (137, "")):
            continue  # it is done, or ended with the container
        said = [line for line in text.splitlines() if not line.startswith("  | ")]
        assert child.returncode == 125 and len(said) == 1 and said[0].startswith("warren: "), (verbs, verb, child.returncode, text)
        assert any(reason in text for reason in REASONS), (verbs, verb, text)
    return [child.returncode for child in children]


def settle(warren):
    """The box, once nothing happens to it any more; None when there is none."""
    def settled():
        shown = json.loads(succeed(warren, "list", "--json").stdout)
        return [shown] if not shown or shown[0]["state"] in ("running", "stopped", "failed") else None
    [shown] = eventually(settled)
    return shown[0] if shown else None


def prepare(warren, file, state):
    if state == "none":
        succeed(warren, "destroy", "--if-exists", "box")
        return
    if not json.loads(succeed(warren, "list", "--json").stdout):
        succeed(warren, *words("create", file))
    succeed(warren, "start" if state == "running" else "stop", "box")


def is_whole(warren, file):
    """The box can be started, used and stopped, or there is none and nothing of one."""
    box = settle(warren)
    if box is None:
        assert not list((warren.root / "var/lib/warren/containers").iterdir())
        assert not warren.leaks()
        return
    succeed(warren, "start", "box")
    assert succeed(warren, "run", "box", "--", "cat", "/etc/note").stdout == b"hello\n"


PAIRS = list(itertools.combinations_with_replacement(VERBS, 2))


@pytest.mark.parametrize("state", ["none", "stopped", "running"])
@pytest.mark.parametrize("first", VERBS)
def test_two_at_once(warren, file, first, state):
    for second in list(VERBS)[list(VERBS).index(first):]:
        if state == "none" and "create" not in (first, second):
            continue
        prepare(warren, file, state)
        statuses = both(warren, file, first, second)
        if state == "none" and first == second == "create":
            assert sorted(statuses) == [0, 125]
        if first == second == "destroy":
            assert 0 in statuses
        is_whole(warren, file)


def test_many_names_at_once(warren, file):
    """Nobody stumbles over another's container."""
    names = [f"box-{number}" for number in range(8)]
    for verb in ("create", "start", "update", "run", "rollback", "restart", "copy-to", "stop", "start", "terminate", "destroy"):
        children = [warren.start(*words(verb, file, name)) for name in names]
        for child in children:
            output, errors = child.communicate(timeout=60)
            assert (child.returncode, errors) == (0, b""), verb
    assert not warren.leaks()


def host():
    """What a container could leave on the host."""
    return {"mounts": host_mounts(), "shared memory": sorted(os.listdir("/dev/shm")),
            "ids": sorted(os.listdir("/run/warren")) if os.path.exists("/run/warren") else []}


def test_rounds_leave_the_host_as_it_was(warren, file):
    def life():
        succeed(warren, *words("create", file))
        succeed(warren, "start", "box")
        succeed(warren, "stop", "box")
        succeed(warren, "destroy", "box")
    life()
    before, files = host(), listing(warren.root)
    for number in range(ROUNDS):
        life()
        assert not warren.leaks(), number
    assert host() == before and listing(warren.root) == files
