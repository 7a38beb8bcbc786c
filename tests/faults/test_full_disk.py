"""A file system without room, at every point of what is written to it: the message says so, nothing
is half made, and all works once there is room."""
import json
import pathlib
import subprocess

import pytest

from declared import succeed
from harness import WARREN, eventually, is_gone

FULL = b"No space left on device"
COMMAND = ["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do printf '%500s\\n' tick; sleep 0.05; done"]


def declaration(name, **more):
    box = {"image": "busybox", "privateNetwork": True, "boot": False, "command": COMMAND, **more}
    return json.dumps({"containers": {name: box}})


class Disk:
    """warren's root on a small tmpfs, which only the processes of a mount namespace see."""

    def __init__(self, warren):
        self.warren = warren
        script = f"mount -t tmpfs -o size=8m,nr_inodes=700 tmpfs {warren.root}; echo; exec sleep 1000"
        self.holder = subprocess.Popen(["unshare", "-m", "sh", "-c", script], stdout=subprocess.PIPE)
        assert self.holder.stdout.readline() == b"\n"
        warren.command = lambda *arguments: ["nsenter", "-m", "-t", str(self.holder.pid), str(WARREN), *map(str, arguments)]

    @property
    def root(self):
        return pathlib.Path(f"/proc/{self.holder.pid}/root{self.warren.root}")

    def fill(self, pages, files):
        """Leaves room for so many pages, or so many files: None leaves room enough."""
        if files is not None:
            (self.root / "full").mkdir()
            for number in range(700):
                try:
                    (self.root / "full" / str(number)).touch()
                except OSError:
                    break
            for number in range(files):
                (self.root / "full" / str(number)).unlink()
        if pages is not None:
            with open(self.root / "filled", "wb", buffering=0) as file:
                try:
                    while file.write(bytes(4096 * 16)):
                        pass
                except OSError:
                    file.truncate(file.tell() - 4096 * pages)

    def free(self):
        (self.root / "filled").unlink(missing_ok=True)
        subprocess.run(["rm", "-rf", self.root / "full"], check=True)

    def left(self):
        """What only somebody who gave up half-way leaves."""
        return [str(p) for p in (self.root / "var/lib/warren").rglob(".*")
                if p.name not in (".names", ".archives") and p.parent.name != "work"]

    def end(self):
        self.holder.kill()
        self.holder.wait()
        self.holder.stdout.close()


@pytest.fixture
def disk(warren):
    one = Disk(warren)
    yield one
    one.free()
    succeed(warren, "terminate", "--all")
    run = one.root / "run/warren"
    assert not [p for p in run.rglob("*") if p.name not in ("id-ranges", ".trees", ".bridges")
                and p not in (run / ".network", run / ".network/filter")]
    one.end()


def boxes(warren):
    return {box["name"]: box for box in json.loads(succeed(warren, "list", "--json").stdout)}


def create(warren, name="box", **more):
    return warren.run("create", name, "--config", "-", input=declaration(name, **more).encode())


def declare(disk, **boxes):
    """What is declared fits always: it is what is made of it that may not."""
    (disk.root / "etc/warren").mkdir(parents=True, exist_ok=True)
    everything = {name: json.loads(declaration(name, **more))["containers"][name] for name, more in boxes.items()}
    (disk.root / "etc/warren/all.json").write_text(json.dumps({"containers": everything}))


def refused(result):
    """The verb failed, and its first line says that the disk is full."""
    assert result.returncode == 125, result
    first = result.stderr.splitlines()[0]
    assert first.startswith(b"warren: ") and FULL in first, result.stderr
    return result


ROOMS = [(0, None), (1, None), (2, None), (3, None), (5, None), (8, None), (None, 0), (None, 1), (None, 2),
         (None, 3), (None, 5), (None, 8), (40, None), (None, 40)]


def for_each_room(disk, prepare, act):
    """Whether it failed, with so much room; it must with none, and must not with a lot."""
    ends = {}
    for room in ROOMS:
        prepare()
        disk.fill(*room)
        ends[room] = act(room)
        disk.free()
        assert not disk.left(), room
    assert not ends[0, None] and not ends[None, 0] and ends[40, None] and ends[None, 40], ends


def test_create(warren, disk):
    succeed(warren, "image", "build", "busybox")

    def act(room):
        result = create(warren)
        done = result.returncode == 0
        if not done:
            refused(result)
            assert not boxes(warren) and not list((disk.root / "var/lib/warren/containers").glob("*")), room
            disk.free()
            assert create(warren).returncode == 0, room
        assert boxes(warren)["box"]["generation"] == 1
        return done
    for_each_room(disk, lambda: succeed(warren, "destroy", "--if-exists", "box"), act)


def test_update(warren, disk):
    def prepare():
        succeed(warren, "destroy", "--if-exists", "box")
        assert create(warren).returncode == 0

    def act(room):
        result = warren.run("update", "box", "-s", "hostName=two")
        done = result.returncode == 0
        assert boxes(warren)["box"]["generation"] == (2 if done else 1), room
        if not done:
            refused(result)
            disk.free()
            succeed(warren, "update", "box", "-s", "hostName=two")
        return done
    for_each_room(disk, prepare, act)


def test_update_of_one_that_runs(warren, disk):
    """It goes on as it was, or is the new one; one of both runs."""
    def prepare():
        succeed(warren, "destroy", "--if-exists", "box")
        assert create(warren).returncode == 0
        succeed(warren, "start", "box")

    def act(room):
        result = warren.run("update", "box", "-s", "hostName=two")
        done = result.returncode == 0
        box = boxes(warren)["box"]
        assert box["generation"] == (2 if done else 1), (room, result.stderr)
        if not done:
            refused(result)
            disk.free()
            succeed(warren, "start", "box")
            succeed(warren, "update", "box", "-s", "hostName=two")
        assert succeed(warren, "run", "box", "hostname").stdout == b"two\n", room
        return done
    for_each_room(disk, prepare, act)


def test_start(warren, disk):
    assert create(warren).returncode == 0

    def act(room):
        result = warren.run("start", "box")
        done = result.returncode == 0
        if not done:
            refused(result)
            assert boxes(warren)["box"]["state"] in ("stopped", "failed"), room
            disk.free()
            succeed(warren, "start", "box")
        assert boxes(warren)["box"]["state"] == "running", room
        monitor = boxes(warren)["box"]["monitor"]
        succeed(warren, "stop", "box")  # also without room
        assert is_gone(monitor) and boxes(warren)["box"]["state"] == "stopped", room
        return done
    for_each_room(disk, lambda: None, act)


def test_life_without_room(warren, disk):
    """What runs can be looked at and stopped, and that it was is known; another start says why not."""
    assert create(warren, timeoutStopSec=5).returncode == 0
    succeed(warren, "start", "box")
    disk.fill(0, None)
    assert boxes(warren)["box"]["state"] == "running"
    succeed(warren, "start", "box")
    monitor = boxes(warren)["box"]["monitor"]
    succeed(warren, "stop", "box")
    assert is_gone(monitor) and boxes(warren)["box"]["state"] == "stopped"
    disk.fill(0, None)
    refused(warren.run("start", "box"))
    succeed(warren, "destroy", "box")  # which makes room
    assert create(warren).returncode == 0


def test_apply(warren, disk):
    succeed(warren, "image", "build", "busybox")
    declare(disk, one={}, two={})

    def act(room):
        result = warren.run("apply")
        done = result.returncode == 0
        if not done:
            refused(result)
            assert result.stderr.count(b"\n") <= 2
            disk.free()
            succeed(warren, "apply")
        assert {name: box["generation"] for name, box in boxes(warren).items()} == {"one": 1, "two": 1}, room
        assert succeed(warren, "apply").stdout == b""
        return done

    def prepare():
        declare(disk)
        succeed(warren, "apply", "--prune")
        declare(disk, one={}, two={})
    for_each_room(disk, prepare, act)


def test_image(warren, disk):
    for room in ((0, None), (20, None), (100, None), (None, 0), (None, 10), (None, 200)):
        disk.fill(*room)
        refused(warren.run("image", "build", "busybox"))
        assert succeed(warren, "image", "list", "--json").stdout.strip() == b"[]", room
        assert not disk.left(), room
        disk.free()
        identity = succeed(warren, "image", "build", "busybox").stdout.decode().strip()
        succeed(warren, "image", "remove", identity)


def test_logs(warren, disk):
    """A container outlives that its output cannot be kept; what is kept is shown meanwhile."""
    assert create(warren).returncode == 0
    succeed(warren, "start", "box")
    log = disk.root / "var/lib/warren/containers/box/console.log"
    eventually(lambda: b"tick" in log.read_bytes())
    disk.fill(0, None)
    eventually(lambda: log.stat().st_size % 4096 == 0)
    assert b"tick" in succeed(warren, "logs", "-n3", "box").stdout
    assert succeed(warren, "run", "box", "--", "echo", "hi").stdout == b"hi\n"
    size = log.stat().st_size
    disk.free()
    eventually(lambda: log.stat().st_size > size + 20)
    succeed(warren, "stop", "box")
    assert b"-- end of box" in succeed(warren, "logs", "-n1", "box").stdout
