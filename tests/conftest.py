"""Fixtures for the tiers that run the built warren: they are in tests/support."""
import json
import os
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "support"))
from harness import *  # noqa: E402,F401,F403
from terminals import *  # noqa: E402,F401,F403


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    """Temporary files in a directory of this run's own: pytest's numbered ones are tidied by others."""
    config.option.basetemp = config.option.basetemp or tempfile.mkdtemp(prefix="warren-tests-")
    os.environ["WARREN_TEST_FILES"] = str(config.option.basetemp)


def pytest_collection_modifyitems(config, items):
    """With WARREN_TEST_SHARE=2/8, every eighth test from the second on: ctest runs the shares."""
    share, shares = map(int, os.environ.get("WARREN_TEST_SHARE", "1/1").split("/"))
    assert 1 <= share <= shares
    config.hook.pytest_deselected(items=[t for i, t in enumerate(items) if i % shares != share - 1])
    items[:] = items[share - 1::shares]


@pytest.fixture
def declare(warren):
    """Writes declarations: NAME={KEY: VALUE}, all in one file."""
    directory = warren.root / "etc/warren"
    directory.mkdir(parents=True)

    def write(file="all.json", **containers):
        declared = {name: {"image": "busybox", **settings} for name, settings in containers.items()}
        (directory / file).write_text(json.dumps({"containers": declared}))
        return directory / file
    return write


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport():
    """A test that does not run has not passed."""
    report = (yield).get_result()
    if report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped: {report.longrepr}"


@pytest.fixture(scope="session", autouse=True)
def no_temporary_files(request, tmp_path_factory):
    """Removes the trees that the tests made, unless there is something to look at."""
    yield
    if not request.session.testsfailed:
        shutil.rmtree(tmp_path_factory.getbasetemp())
