"""Declared containers as the tests make them."""
import json
import pathlib

import pytest

from harness import eventually, is_gone


def declare(warren, name, tree, *arguments, **settings):
    """A container of `tree`: its init, or a command when there are `arguments`. Returns where it is
    kept."""
    declaration = {"image": f"directory:{tree}", "privateNetwork": True, **settings}
    if arguments:
        declaration |= {"boot": False, "command": [str(argument) for argument in arguments]}
    text = json.dumps({"containers": {name: declaration}})
    succeed(warren, "create", name, "--config", "-", input=text.encode())
    return warren.root / "var/lib/warren/containers" / name


def fields(file):
    """A file of KEY=VALUE lines; empty when there is none."""
    try:
        return dict(line.split("=", 1) for line in pathlib.Path(file).read_text().splitlines())
    except FileNotFoundError:
        return {}


def state(warren, name):
    return fields(warren.root / "run/warren" / name / "state")


def last(warren, name):
    return fields(warren.root / "var/lib/warren/containers" / name / "last")


def succeed(warren, *arguments, **options):
    result = warren.run(*arguments, **options)
    assert result.returncode == 0, result.stderr.decode()
    return result


def until(warren, name, phase):
    return eventually(lambda: state(warren, name).get("state") == phase and state(warren, name))


def stop_all(warren):
    succeed(warren, "terminate", "--all")
    run = warren.root / "run/warren"
    for file in run.glob("*/state"):
        assert is_gone(int(fields(file)["monitor"]))


@pytest.fixture(autouse=True)
def nothing_is_left(warren):
    """For the module that imports it: its tests leave nothing running."""
    yield
    stop_all(warren)
