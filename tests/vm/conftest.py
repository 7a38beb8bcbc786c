"""These tests run in the booted host of tests/vm/run.py, as its root, with its own files."""
import pathlib

import pytest


@pytest.fixture(scope="session", autouse=True)
def the_booted_host():
    hostname = pathlib.Path("/etc/hostname").read_text()
    assert hostname == "vm\n", "these tests are run by tests/vm/run.py, in a host of their own"
