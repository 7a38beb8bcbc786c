"""These tests run in the booted host of tests/vm/run.py, as its root, with its own files."""
import pathlib

import pytest

from harness import Warren, eventually


@pytest.fixture(scope="session", autouse=True)
def the_booted_host():
    hostname = pathlib.Path("/etc/hostname").read_text()
    assert hostname == "vm\n", "these tests are run by tests/vm/run.py, in a host of their own"


class Host(Warren):
    """warren with the host's own /etc/warren, /var/lib/warren and /run/warren."""

    def __init__(self):
        super().__init__(pathlib.Path("/"))
        del self.environment["WARREN_ROOT"]

    @property
    def names(self):
        containers = pathlib.Path("/var/lib/warren/containers")
        return {p.name for p in containers.iterdir() if not p.name.startswith(".")}


@pytest.fixture
def host():
    """What a test makes there is destroyed after it, and nothing may be left."""
    program = Host()
    before = program.names
    yield program
    program.end()
    for name in program.names - before:
        program.run("destroy", name)
    assert program.names == before
    eventually(lambda: {p.name for p in pathlib.Path("/sys/fs/cgroup/machine.slice").glob("warren@*")} <=
               {f"warren@{name}.service" for name in before})
