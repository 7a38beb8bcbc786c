"""Declared containers: what their verbs cost, and a hundred of them that stay up."""
import json
import os
import pathlib
import shutil
import subprocess
import time

from place import CGROUPS, make_busybox
from running import kilobytes, status_lines
from timing import time_side_by_side
from tools import FLOOR, TRUE, WARREN

DECLARED = 500
STAYING = 100
DROPBEAR = "/usr/sbin/dropbear -F -E -R -p 2200"


def declaration(image="busybox", **more):
    return {"image": image, "privateNetwork": True, **more}


class Fleet:
    """warren's root with declared containers in it, and what the floor needs to hold the same."""

    def __init__(self, place):
        self.place, self.root = place, place.directory / "warren"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """All containers end, also after an interruption."""
        self.declare({})
        self.run("apply", "--prune")
        for path in CGROUPS.glob(f"{self.place.directory.name}-*"):
            subprocess.run(["sh", "-c", "\n".join(self.end_of(path))], check=True)

    def end_of(self, cgroup):
        """Lines of sh(1) that end what is in a cgroup of the floor's."""
        return [f"echo 1 > {cgroup}/cgroup.kill", f"until rmdir {cgroup} 2>/dev/null; do sleep 0.01; done"]

    def warren(self, *words):
        return [WARREN, "--root", str(self.root), *words]

    def run(self, *words, **options):
        return subprocess.run(self.warren(*words), check=True, stdout=subprocess.PIPE, text=True, preexec_fn=self.place.enter_cgroup,
                              **options).stdout

    def declare(self, containers):
        directory = self.root / "etc/warren"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "fleet.json").write_text(json.dumps({"containers": containers}))

    def script(self, name, *lines):
        """A program for the stopwatch to put things back with."""
        path = self.place.directory / name
        path.write_text("#!/bin/sh\n" + "\n".join(lines) + "\n")
        path.chmod(0o755)
        return f"after={path}"

    def floor(self, tree, number=0):
        """The floor's container `number`, until it is ready; and lines of sh(1) that end it."""
        cgroup, scratch = f"{self.place.directory.name}-{number}", self.place.path(f"scratch-{number}")
        words = [FLOOR, "-c", "-r", cgroup, "-x", scratch, str(tree), "bench", "/sbin/init"]
        return words, [*self.end_of(CGROUPS / cgroup), f"rm -rf {scratch}"]

    def tree_of(self, name):
        """What container `name` sees as its tree: the image and on it what warren has written."""
        kept = self.root / "var/lib/warren/containers" / name
        image = (kept / "generations/1/image").read_text().strip()
        tree = self.place.directory / f"tree-{name}"
        subprocess.run(["cp", "-al", self.root / "var/lib/warren/images" / image / "root", tree], check=True)
        subprocess.run(["cp", "-a", "--remove-destination", f"{kept}/changes/upper/.", tree], check=True)
        return tree


def measure_verbs(place, fleet, scale):
    """{verb: summary}, beside the floor of those that have one."""
    fleet.declare({f"box-{number}": declaration() for number in range(DECLARED)})
    fleet.run("apply")
    cases = {
        "list": ("", fleet.warren("list")),
        "apply": ("", fleet.warren("apply")),
        "create": (fleet.script("destroy", f"exec {' '.join(fleet.warren('destroy', 'fresh'))}"),
                   fleet.warren("create", "fresh", "--image=busybox", "--set=privateNetwork=true")),
    }
    found = time_side_by_side(place, cases, round(50 * scale), round(15 * scale))
    fleet.run("start", "box-0")
    tree = fleet.tree_of("box-0")
    leader = (fleet.root / "run/warren/box-0/leader").read_text().strip()
    cases = {"run": ("", fleet.warren("run", "box-0", "--", *TRUE)), "run, floor": ("", [FLOOR, "-e", leader, *TRUE])}
    found |= time_side_by_side(place, cases, round(200 * scale), round(10 * scale))
    fleet.run("terminate", "box-0")
    words, ends = fleet.floor(tree)
    cases = {
        "start": (fleet.script("terminate", f"exec {' '.join(fleet.warren('terminate', 'box-0'))}"), fleet.warren("start", "box-0")),
        "start, floor": (fleet.script("end-floor", *ends), words),
    }
    return found | time_side_by_side(place, cases, round(100 * scale), round(20 * scale))


def memory_available():
    """KB, when nothing changes it any more."""
    seen = []
    while len(seen) < 5 or (max(seen[-3:]) - min(seen[-3:]) > 500 and len(seen) < 12):
        time.sleep(0.5)
        line = next(line for line in pathlib.Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemAvailable:"))
        seen.append(int(line.split()[1]))
    return seen[-1]


def make_dropbear(tree):
    """A BusyBox system with an SSH server in it."""
    make_busybox(tree, "::sysinit:/bin/syslogd\n")
    said = subprocess.run(["ldd", "/usr/sbin/dropbear"], check=True, capture_output=True, text=True).stdout
    for path in ["/usr/sbin/dropbear", *(word for word in said.split() if word.startswith("/"))]:
        target = tree / path.lstrip("/").replace("usr/sbin", "usr/local/sbin")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


def processes_of(name):
    """Those in a cgroup and below."""
    return [pid for file in (CGROUPS / name).rglob("cgroup.procs") for pid in file.read_text().split()]


def wait_for_processes(cgroups, count):
    deadline = time.monotonic() + 60
    while any(len(processes_of(name)) < count for name in cgroups):
        if time.monotonic() > deadline:
            raise RuntimeError("not all containers came up")
        time.sleep(0.1)


def switches(pids):
    return sum(int(value) for pid in pids for key, value in status_lines(pid).items() if "ctxt_switches" in key)


def look_at_monitors(pids):
    """What a monitor costs, and how often all of them wake up in a second in which nothing happens."""
    before = switches(pids)
    time.sleep(1)
    woken = switches(pids) - before
    return {"private": sum(kilobytes(pid, "Private_") for pid in pids) / len(pids), "wake-ups": woken, "containers": len(pids)}


def hold_with_warren(fleet, names, found):
    before = memory_available()
    fleet.run("start", *names)
    shown = json.loads(fleet.run("list", "--json"))
    leaders = [box["leader"] for box in shown]
    paths = [pathlib.Path(f"/proc/{pid}/cgroup").read_text().split("0::/")[1].strip() for pid in leaders]
    wait_for_processes([path.split("/")[0] for path in paths], 3)
    taken = before - memory_available()
    found["monitors"] = look_at_monitors([box["monitor"] for box in shown])
    fleet.run("terminate", *names)
    return taken


def hold_with_floor(fleet, tree, count):
    before = memory_available()
    commands = [fleet.floor(tree, number) for number in range(count)]
    for words, _ in commands:
        subprocess.run(words, check=True, stdin=subprocess.DEVNULL, preexec_fn=fleet.place.enter_cgroup)
    wait_for_processes([words[words.index("-r") + 1] for words, _ in commands], 3)
    taken = before - memory_available()
    for _, ends in commands:
        subprocess.run(["sh", "-c", "\n".join(ends)], check=True)
    return taken


def measure_memory_of_many(fleet, count):
    """KB that `count` BusyBox containers with init, syslogd and dropbear take, with warren and with
    the floor, and what their monitors do."""
    source = fleet.place.directory / "dropbear"
    make_dropbear(source)
    fleet.run("image", "import", str(source), "dropbear")
    names = [f"ssh-{number}" for number in range(count)]
    service = {"dropbear": {"command": DROPBEAR.replace("/usr/sbin", "/usr/local/sbin")}}
    fleet.declare({name: declaration("image:dropbear", services=service) for name in names})
    fleet.run("apply", "--prune")
    found, taken = {}, {"floor": [], "warren": []}
    hold_with_warren(fleet, names, found)  # its files are there from now on
    tree = fleet.tree_of(names[0])
    for _ in range(3):
        taken["floor"].append(hold_with_floor(fleet, tree, count))
        taken["warren"].append(hold_with_warren(fleet, names, found))
    return found | {"taken": {name: sorted(values)[len(values) // 2] / count for name, values in taken.items()}}


def measure_declared(place, scale):
    with Fleet(place) as fleet:
        found = {"verbs": measure_verbs(place, fleet, scale)}
        if not os.path.exists("/usr/sbin/dropbear"):
            print("dropbear: not installed, memory of a hundred containers left out")
            return found
        return found | measure_memory_of_many(fleet, STAYING)
