#!/usr/bin/python3
"""Checks that a file of src/ includes only what its layer may use: the table below, which
docs/ARCHITECTURE.md shows too. Usage: check_layers.py [SOURCE-DIR]"""
import pathlib
import re
import sys

# Each folder and those it may include, beside itself.
MAY_INCLUDE = {
    "base": set(),
    "kernel": {"base"},
    "spec": {"base"},
    "confine": {"spec", "base"},
    "config": {"spec", "base"},
    "plan": {"confine", "spec", "base"},
    "host": {"plan", "spec", "kernel", "base"},
    "image": {"plan", "spec", "kernel", "base"},
    "state": {"kernel", "base"},
    "network": {"plan", "spec", "kernel", "base"},
    "launch": {"network", "plan", "spec", "kernel", "base"},
    "monitor": {"network", "launch", "spec", "kernel", "base"},
    "manager": {"monitor", "network", "launch", "state", "image", "host", "plan", "config",
                "confine", "spec", "kernel", "base"},
    "cli": {"manager", "monitor", "network", "launch", "state", "image", "host", "plan", "config",
            "confine", "spec", "kernel", "base"},
}
# Pure folders decide and compute; they make no system calls.
PURE = {"base": {"unistd.h"}, "spec": set(), "confine": set(), "config": set(), "plan": set()}
# Headers of the kernel that only say what a number or a structure is.
CONSTANTS = {"linux/filter.h", "linux/bpf.h", "linux/audit.h", "linux/seccomp.h", "linux/netlink.h",
             "asm/ioctls.h", "sys/socket.h", "sys/types.h", "sys/stat.h", "sys/resource.h",
             "sys/personality.h", "sched.h", "fcntl.h", "csignal"}
SYSTEM = re.compile(r"^(unistd\.h|sys/.*|linux/.*|asm/.*|fcntl\.h|sched\.h|dirent\.h|poll\.h)$")
FORBIDDEN_NAMES = {"util", "utils", "common", "misc", "helper", "helpers", "internal", "impl"}


def complaints(source):
    for path in sorted(p for p in source.rglob("*") if p.suffix in (".cc", ".h")):
        layer = path.relative_to(source).parts[0]
        if layer not in MAY_INCLUDE:
            yield f"{path}: the folder {layer} is in no layer: see tools/check_layers.py"
            continue
        if FORBIDDEN_NAMES & set(re.split(r"[_.]", path.name)):
            yield f"{path}: a file is named for its subject"
        for number, line in enumerate(path.read_text().splitlines(), 1):
            own = re.match(r'#include "([a-z_]+)/', line)
            if own and own.group(1) != layer and own.group(1) not in MAY_INCLUDE[layer]:
                yield f"{path}:{number}: {layer}/ may not include {own.group(1)}/"
            system = re.match(r"#include <([^>]+)>", line)
            if (system and layer in PURE and SYSTEM.match(system.group(1))
                    and system.group(1) not in PURE[layer] | CONSTANTS):
                yield f"{path}:{number}: {layer}/ is pure and has no use for <{system.group(1)}>"


def main():
    source = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "src")
    found = list(complaints(source))
    print("\n".join(found) or "layers: fine")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
