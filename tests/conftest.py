"""Fixtures for the tiers that run the built warren: they are in tests/support."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent / "support"))
from harness import *  # noqa: E402,F401,F403
from terminals import *  # noqa: E402,F401,F403
