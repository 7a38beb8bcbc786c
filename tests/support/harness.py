"""What the black-box tests share: warren as built, real root trees, and a look for leaks.

Every test has its own WARREN_ROOT, so tests run in parallel and never touch the host's files.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest

BUILD = pathlib.Path(os.environ.get("WARREN_BUILD", pathlib.Path(__file__).parents[2] / "build-debug"))
WARREN = pathlib.Path(os.environ.get("WARREN", BUILD / "warren"))
# Under an emulator everything takes longer.
PATIENCE = float(os.environ.get("WARREN_TEST_PATIENCE", "1"))
PAYLOAD = BUILD / "tests" / "payload"
TREES = pathlib.Path(os.environ.get("WARREN_TEST_TREES", BUILD / "trees"))
CGROUPS = next(p for p in map(pathlib.Path, ("/sys/fs/cgroup/unified", "/sys/fs/cgroup"))
               if (p / "cgroup.procs").exists())


def fnv1a(text):
    value = 14695981039346656037
    for byte in text.encode():
        value = ((value ^ byte) * 1099511628211) % 2**64
    return value


def eventually(condition, seconds=10.0):
    """Waits until condition() is true; returns what it gave, or fails."""
    end = time.monotonic() + seconds * PATIENCE
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.005)


def is_gone(pid):
    """Whether a process has ended, reaped or not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


class Warren:
    """The program under test, with a WARREN_ROOT of its own."""

    def __init__(self, root):
        self.root = root
        self.environment = {**os.environ, "WARREN_ROOT": str(root)}
        for name in ("NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "TERM"):
            self.environment.pop(name, None)
        self.children = []

    def command(self, *arguments):
        return [str(WARREN), *map(str, arguments)]

    def run(self, *arguments, env=None, **options):
        """Runs `warren ARGUMENTS…` to its end; standard input is empty unless given."""
        options.setdefault("timeout", 60 * PATIENCE)
        options.setdefault("stdin" if "input" not in options else "input",
                           subprocess.DEVNULL if "input" not in options else None)
        return subprocess.run(self.command(*arguments), capture_output=True,
                              env={**self.environment, **(env or {})}, **options)

    def spawn(self, tree, *arguments, **options):
        return self.run("spawn", "-D", tree, *arguments, **options)

    def output(self, tree, *arguments, **options):
        """Standard output of a container that must succeed."""
        result = self.spawn(tree, *arguments, **options)
        assert result.returncode == 0, result.stderr.decode()
        return result.stdout.decode()

    def report(self, tree, *arguments, **options):
        """What the payload finds, with these options in front."""
        return json.loads(self.output(tree, *arguments, "/bin/payload", "report", **options))

    def start(self, *arguments, env=None, **options):
        """Starts `warren ARGUMENTS…`; it is asked to end at the end of the test."""
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.PIPE)
        options.setdefault("stderr", subprocess.PIPE)
        child = subprocess.Popen(self.command(*arguments),
                                 env={**self.environment, **(env or {})}, **options)
        self.children.append(child)
        return child

    def leader(self, name):
        """Process id of a running container's process 1, on the host."""
        file = self.root / "run/warren" / name / "leader"
        return int(eventually(lambda: file.exists() and file.read_text()))

    def cgroup(self, name):
        """The directory of a container's cgroup."""
        return CGROUPS / f"{self.cgroup_prefix}.{name}"

    @property
    def cgroup_prefix(self):
        return f"warren-{fnv1a(str(self.root)) % 0xFFFFFF}"

    def end(self):
        for child in self.children:
            for _ in range(3):  # the second request is the last word
                if child.poll() is None:
                    child.terminate()
                    try:
                        child.wait(timeout=0.5)
                    except subprocess.TimeoutExpired:
                        pass
            child.wait(timeout=20)
            for stream in (child.stdin, child.stdout, child.stderr):
                if stream:
                    stream.close()

    def leaks(self):
        """What is left of this root's containers."""
        found = []
        run = self.root / "run/warren"
        if run.exists():
            found += [str(p) for p in run.rglob("*")
                      if p.name not in ("id-ranges", ".trees", ".bridges") and ".launch" not in p.parts
                      and p not in (run / ".network", run / ".network/filter")]
        state = self.root / "var/lib/warren/ephemeral"
        if state.exists():
            found += [str(p) for p in state.iterdir()]
        found += [f"cgroup {p}" for p in CGROUPS.glob(f"{self.cgroup_prefix}.*")]
        mounts = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
        found += [f"mount {line}" for line in mounts if str(self.root) in line]
        return found


@pytest.fixture
def warren(tmp_path):
    root = tmp_path / "warren-root"
    root.mkdir()
    program = Warren(root)
    yield program
    program.end()
    # A cgroup may be busy for the moment in which its last process is reaped.
    deadline = time.monotonic() + 5
    while program.leaks() and time.monotonic() < deadline:
        time.sleep(0.01)
    left = program.leaks()
    assert not left, left


@pytest.fixture
def nspawn():
    """Runs systemd-nspawn, the measure, in a cgroup of its own: it leaves things in the caller's."""
    cgroup = CGROUPS / f"warren-oracle-{os.getpid()}"
    cgroup.mkdir()

    def run(*arguments, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.run(
            ["systemd-nspawn", "-q", "--register=no", "--keep-unit", *map(str, arguments)],
            capture_output=True, preexec_fn=lambda: (cgroup / "cgroup.procs").write_text("0"), **options)

    yield run
    for directory in sorted([cgroup, *cgroup.rglob("*")], reverse=True):
        if directory.is_dir():
            directory.rmdir()


def listing(tree):
    """Every path below `tree`, with its type, mode and owner: to see what a test changed."""
    return sorted((str(p.relative_to(tree)), oct(p.lstat().st_mode), p.lstat().st_uid)
                  for p in pathlib.Path(tree).rglob("*"))


def make_busybox(tree):
    """The machine of "Infinite BusyBox with systemd": init, syslogd, getty and login."""
    for directory in ("bin", "dev", "etc", "proc", "root", "run", "sys", "tmp", "usr", "var/log",
                      "mnt", "home/luser"):
        (tree / directory).mkdir(parents=True)
    (tree / "tmp").chmod(0o1777)
    (tree / "root").chmod(0o700)
    shutil.copy("/bin/busybox", tree / "bin/busybox")
    applets = subprocess.run(["/bin/busybox", "--list"], check=True, capture_output=True, text=True)
    for applet in applets.stdout.split():
        if applet != "busybox":
            (tree / "bin" / applet).symlink_to("busybox")
    (tree / "sbin").symlink_to("bin")
    (tree / "usr/bin").symlink_to("../bin")
    shutil.copy(PAYLOAD, tree / "bin/payload")
    files = {
        "os-release": 'NAME="nifty busybox container"\nID=nifty\n',
        "passwd": "root::0:0:root:/root:/bin/sh\nluser:x:1000:1000::/home/luser:/bin/sh\n",
        "group": "root:x:0:\nluser:x:1000:\nwheel:x:10:root,luser\naudio:x:29:luser\n",
        "inittab": "::sysinit:/bin/syslogd\n"
                   "console::respawn:/bin/getty 38400 /dev/console\n",
        "hostname": "nifty\n",
    }
    for name, text in files.items():
        (tree / "etc" / name).write_text(text)
    if os.path.exists("/etc/resolv.conf"):  # as it would be copied, so that nothing changes
        shutil.copy("/etc/resolv.conf", tree / "etc/resolv.conf")
    os.chown(tree / "home/luser", 1000, 1000)


@pytest.fixture(scope="session")
def busybox_original(tmp_path_factory):
    tree = tmp_path_factory.mktemp("original") / "nifty"
    tree.mkdir()
    make_busybox(tree)
    return tree


@pytest.fixture
def busybox(busybox_original, tmp_path):
    """A BusyBox tree of the test's own, on the disk that the tests run on."""
    tree = tmp_path / "nifty"
    subprocess.run(["cp", "-a", busybox_original, tree], check=True)
    return tree


@pytest.fixture
def bare(tmp_path):
    """A tree with nothing but the payload: no /proc, no /etc, no anything."""
    tree = tmp_path / "bare"
    (tree / "bin").mkdir(parents=True)
    shutil.copy(PAYLOAD, tree / "bin/payload")
    return tree


@pytest.fixture(scope="session")
def debian():
    """Debian 12 with systemd, made once by tests/support/make_trees.sh. Not to be changed."""
    tree = TREES / "debian"
    assert tree.is_dir(), f"{tree} is missing: run tests/support/make_trees.sh"
    return tree


def host_mounts():
    """The host's mount table, without what other tests mount meanwhile: network namespaces, and on
    files of their own."""
    own = os.environ["WARREN_TEST_FILES"]
    lines = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
    return [line for line in lines
            if " /run/netns" not in line and ("/warren-tests-" not in line or f"{own}/" in line)]


def kill(child, number=signal.SIGKILL):
    child.send_signal(number)
    return child.wait(timeout=30)
