"""The table of declared networks in docs/NETWORK.md: it has every key, and every line a value that
is taken and a test that is there."""
import pathlib
import re
import subprocess

import pytest

from harness import WARREN

SOURCE = pathlib.Path(__file__).parents[2]
NIXOS = {"privateNetwork", "hostBridge", "hostAddress", "hostAddress6", "localAddress", "localAddress6", "forwardPorts",
         "interfaces", "macvlans", "extraVeths", "enableTun"}
# What a key goes with, and what it does not go with.
BESIDE = {"hostAddress": 'localAddress = "10.231.136.2"', "hostAddress6": 'localAddress6 = "fc00::2"',
          "addressPool": 'localAddress = "auto"', "forwardPorts": 'localAddress = "auto"', "internet": 'localAddress = "auto"',
          "localMacAddress": 'localAddress = "auto"'}
ALONE = {"privateNetwork", "networkNamespace"}


def rows():
    """{key: (example, test)}"""
    section = (SOURCE / "docs/NETWORK.md").read_text().split("## Declared containers\n")[1].split("\n#")[0]
    cells = [re.split(r" \| ", line.strip("| ")) for line in section.splitlines() if line.startswith("| `")]
    return {key.strip("`"): (example.strip("`"), test.strip("`")) for key, example, _, test in cells}


def test_every_key_is_there():
    source = (SOURCE / "src/config/keys_network.cc").read_text()
    keys = set(re.findall(r'\{\.name = "(\w+)"', source)) - {"protocol", "hostInterface", "hostPort", "containerPort"}
    assert set(rows()) == keys | {"enableTun"} and NIXOS <= set(rows())


@pytest.mark.parametrize("key", rows())
def test_example_is_taken(key):
    example, _ = rows()[key]
    lines = ["[containers.web]", 'image = "busybox"', *(["privateNetwork = true"] if key not in ALONE else []),
             f"{key} = {example}", BESIDE.get(key, "")]
    result = subprocess.run([WARREN, "check", "-"], input="\n".join(lines), text=True, capture_output=True)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("key", rows())
def test_test_is_there_and_uses_it(key):
    _, test = rows()[key]
    files = [path.read_text() for path in (SOURCE / "tests/cli").glob("test_*.py")]
    using = [text for text in files if f"def {test}(" in text]
    assert len(using) == 1 and key in using[0] + (SOURCE / "tests/support/declared.py").read_text(), test
