"""The log of the console: across boots, rotated, and harmless on a terminal."""
import pathlib
import re

from declared import declare, last, nothing_is_left, state, succeed  # noqa: F401
from harness import eventually


def test_boots_have_a_line_between_them(warren, busybox):
    declare(warren, "box", busybox, "sh", "-c", "echo hello; printf unfinished; exit 0")
    for _ in range(2):
        succeed(warren, "start", "box")
        eventually(lambda: not state(warren, "box"))
    lines = succeed(warren, "logs", "box").stdout.decode().splitlines()
    boot = r"-- boot of box, generation 1, \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ --"
    end = "-- end of box: process 1 ended with exit status 0 --"
    one = [boot, "hello", "unfinished", end]
    assert len(lines) == 8
    assert all(re.fullmatch(pattern, line) for pattern, line in zip(one * 2, lines))
    assert succeed(warren, "logs", "box", "-n2").stdout.decode().splitlines() == ["unfinished", end]


def test_hostile_output_is_harmless_unless_raw(warren, busybox):
    declare(warren, "box", busybox, "printf", r"\033]0;pwned\007\033[2J\033[31mred\033[0m\n")
    succeed(warren, "start", "box")
    eventually(lambda: not state(warren, "box"))
    assert b"?]0;pwned??[2J\x1b[31mred\x1b[0m\n" in succeed(warren, "logs", "box").stdout
    assert b"\x1b]0;pwned\x07\x1b[2J" in succeed(warren, "logs", "--raw", "box").stdout


def test_rotates_and_keeps_one_older_file(warren, busybox):
    directory = declare(warren, "box", busybox, "sh", "-c", "seq 400000")
    succeed(warren, "start", "box")
    eventually(lambda: not state(warren, "box"), 30)
    assert sorted(p.name for p in directory.glob("console.log*")) == ["console.log", "console.log.1"]
    assert all(p.stat().st_size <= 1 << 20 for p in directory.glob("console.log*"))
    assert all(p.stat().st_mode & 0o777 == 0o600 for p in directory.glob("console.log*"))
    numbers = [int(line) for line in succeed(warren, "logs", "box").stdout.splitlines() if line.isdigit()]
    assert numbers[-1] == 400000 and len(numbers) > 150000
    assert numbers[1:] == list(range(numbers[1], 400001))


def is_at_end(pid, file):
    for link in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        if link.resolve() == file:
            position = pathlib.Path(f"/proc/{pid}/fdinfo/{link.name}").read_text()
            return int(re.match(r"pos:\s*(\d+)", position).group(1)) == file.stat().st_size
    return False


def test_follows_across_rotation(warren, busybox):
    directory = declare(warren, "box", busybox, "sh", "-c", "while ! [ -e /tmp/go ]; do sleep 0.05; done; seq 200000; sleep 100")
    succeed(warren, "start", "box")
    follower = warren.start("logs", "-f", "-n0", "box")
    eventually(lambda: is_at_end(follower.pid, directory / "console.log"))
    succeed(warren, "run", "box", "touch", "/tmp/go")
    for number in range(1, 200001):
        assert follower.stdout.readline() == b"%d\n" % number
    assert (directory / "console.log.1").exists()


def test_all_logs_say_whose_they_are(warren, busybox):
    for name in ("one", "two"):
        declare(warren, name, busybox, "echo", f"I am {name}")
    succeed(warren, "start", "--all")
    eventually(lambda: last(warren, "one") and last(warren, "two"))
    lines = succeed(warren, "logs").stdout.decode().splitlines()
    assert "one: I am one" in lines and "two: I am two" in lines
    assert warren.run("logs", "nobox").stderr == b"warren: logs: nobox: there is no such container\n"
