"""Holds the floor to its word: a program sees the same in the floor's container as in warren's."""
import re
import subprocess
import sys

from tools import floor, warren

LOOK = """
cut -d' ' -f4- /proc/self/mountinfo
ls -lnR /dev /run
grep -E '^(Cap|Seccomp|NoNew|Uid|Gid|Groups)' /proc/self/status
grep -E 'Sig(Blk|Ign|Cgt)' /proc/1/status
cat /proc/self/uid_map /proc/self/cgroup
ls /proc/self/fd
"""
# Blanks, which ids, sizes and times of files, the numbers of a mount's group and of a layer.
DIFFERS = ((r" +", " "), (r"\d{6,}", "ID"), (r"\d+ \w{3} \d+ \d\d:\d\d", ""), (r"shared:\d+", "shared"),
           (r"/fd/\d+", "/fd"))


def seen(command):
    """The lines of what a shell finds in a container made by `command`, sorted."""
    run = subprocess.run([*command[:-1], "/bin/sh", "-c", LOOK], stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, timeout=60)
    lines = run.stdout.splitlines()
    for pattern, instead in DIFFERS:
        lines = [re.sub(pattern, instead, line) for line in lines]
    return sorted(lines)


def differences(place, shape):
    ours, floors = seen(warren(place, shape)), seen(floor(place, shape))
    return [f"warren: {line}" for line in ours if line not in floors] + \
           [f"floor: {line}" for line in floors if line not in ours]


def check(place):
    """Ends the benchmark when the floor makes less, or more, than warren."""
    for shape in ("command", "host-network", "veth", "pid2", "ephemeral"):
        found = differences(place, shape)
        if found:
            sys.exit(f"bench: the floor's container is another one ({shape}):\n" + "\n".join(found))
