"""create, update and destroy killed, or refused, at every single system call: what was there
before, or what was to be, and the next verb works."""
import json

import pytest

from declared import stop_all, succeed
from killing import KILLED, calls_in, traced

# The kernel does these whatever it answers, and a refusal of strace's does not.
NEVER_REFUSED = {"close", "exit_group", "execve", "brk", "mmap", "munmap", "arch_prctl"}
CREATE = ["create", "box", "-i", "busybox", "-s", "hostName=one"]
UPDATE = ["update", "box", "-s", "hostName=two"]
DESTROY = ["destroy", "box"]


@pytest.fixture(autouse=True)
def nothing_is_left(warren):
    succeed(warren, "image", "build", "busybox")
    yield
    stop_all(warren)


def generation(warren):
    """The current generation of the box, which must be whole; 0 when there is no box."""
    boxes = json.loads(succeed(warren, "list", "--json").stdout)
    assert [box["name"] for box in boxes] in ([], ["box"])
    if not boxes:
        directory = warren.root / "var/lib/warren/containers"
        assert not directory.exists() or not list(directory.iterdir())
        return 0
    succeed(warren, "status", "box")
    return boxes[0]["generation"]


def start_afresh(warren):
    succeed(warren, "destroy", "--if-exists", "box")
    succeed(warren, *CREATE)


def with_each_call(warren, tmp_path, prepare, arguments, what):
    """Runs the verb once for each of its calls, with `what` done to that one."""
    prepare()
    result = traced(warren, [], arguments, trace=tmp_path / "trace")
    assert result.returncode == 0, result.stderr
    for name, which in calls_in(tmp_path / "trace", never=NEVER_REFUSED):
        prepare()
        result = traced(warren, ["-e", f"inject={name}:{what}:when={which}"], arguments)
        yield f"{name} {which}", result


def test_create_killed(warren, tmp_path):
    prepare = lambda: succeed(warren, "destroy", "--if-exists", "box")
    for number, result in with_each_call(warren, tmp_path, prepare, CREATE, "signal=KILL"):
        assert result.returncode in (*KILLED, 0), number
        if not generation(warren):
            succeed(warren, *CREATE)
        assert generation(warren) == 1, number


def test_update_killed(warren, tmp_path):
    seen = set()
    for number, result in with_each_call(warren, tmp_path, lambda: start_afresh(warren), UPDATE, "signal=KILL"):
        assert result.returncode in (*KILLED, 0), number
        seen.add(generation(warren))
        succeed(warren, *UPDATE)
        assert generation(warren) >= 2, number
        assert list((warren.root / "var/lib/warren/containers/box").glob("**/.new-*")) == [], number
    assert seen == {1, 2}


def test_destroy_killed(warren, tmp_path):
    seen = set()
    for number, result in with_each_call(warren, tmp_path, lambda: start_afresh(warren), DESTROY, "signal=KILL"):
        assert result.returncode in (*KILLED, 0), number
        seen.add(generation(warren))
        succeed(warren, "destroy", "--if-exists", "box")
        assert generation(warren) == 0, number
        succeed(warren, "terminate", "--all")
    assert seen == {0, 1}
    start_afresh(warren)  # takes over the lock's directory that the last one could not remove
    succeed(warren, *DESTROY)


@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
def test_create_refused(warren, tmp_path, error):
    prepare = lambda: succeed(warren, "destroy", "--if-exists", "box")
    for number, result in with_each_call(warren, tmp_path, prepare, CREATE, f"error={error}"):
        assert generation(warren) == (1 if result.returncode == 0 else 0), (number, result.stderr)
        assert result.returncode in (0, 125), number


@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
def test_update_refused(warren, tmp_path, error):
    for number, result in with_each_call(warren, tmp_path, lambda: start_afresh(warren), UPDATE, f"error={error}"):
        assert result.returncode in (0, 125), number
        done = result.returncode == 0 or b"write standard output" in result.stderr
        assert generation(warren) == (2 if done else 1), (number, result.stderr)
        succeed(warren, *UPDATE)
