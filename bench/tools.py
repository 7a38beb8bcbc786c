"""The programs that are measured, and how each is told to make a container of a shape."""
import os
import pathlib
import shutil
import subprocess

BUILD = pathlib.Path(os.environ.get("WARREN_BUILD", pathlib.Path(__file__).parents[1] / "build"))
WARREN = str(BUILD / "warren")
FLOOR = str(BUILD / "bench/floor")
STOPWATCH = str(BUILD / "bench/stopwatch")

SHAPES = {
    "command": "a command, network of its own",
    "host-network": "a command, the host's network",
    "veth": "a command, a pair of interfaces",
    "pid2": "a command under an init",
    "ephemeral": "a command, changes thrown away",
    "boot": "BusyBox from start to power off",
}
TRUE = ["/bin/true"]


def warren(place, shape):
    words = {"host-network": [], "veth": ["-n"], "pid2": ["-a", "--private-network"],
             "ephemeral": ["-x", "--private-network"], "boot": ["-b", "--private-network"]}
    tree = place.boots if shape == "boot" else place.tree
    return [WARREN, "--root", place.path("warren"), "spawn", "-q", "-D", str(tree),
            *words.get(shape, ["--private-network"]), *([] if shape == "boot" else TRUE)]


def floor(place, shape):
    words = {"host-network": ["-n"], "veth": ["-v"], "pid2": ["-2"], "boot": ["-c"],
             "ephemeral": ["-x", place.path("scratch")]}
    tree = place.boots if shape == "boot" else place.tree
    return [FLOOR, *words.get(shape, []), str(tree), "bench",
            *(["/sbin/init"] if shape == "boot" else TRUE)]


def nspawn(place, shape):
    words = {"host-network": [], "veth": ["-n"], "pid2": ["-a", "--private-network"],
             "ephemeral": ["-x", "--private-network"], "boot": ["-b", "--private-network"]}
    tree = place.boots if shape == "boot" else place.tree
    return ["systemd-nspawn", "-q", "--register=no", "--keep-unit", "--private-users=655360:65536",
            "--private-users-ownership=map", "-M", "bench", "-D", str(tree),
            *words.get(shape, ["--private-network"]), *([] if shape == "boot" else TRUE)]


def bwrap(place, shape):
    words = {"command": ["--unshare-net", "--as-pid-1"], "host-network": ["--as-pid-1"],
             "pid2": ["--unshare-net"]}
    return shape in words and [
        "bwrap", "--unshare-user", "--uid", "0", "--gid", "0", "--unshare-pid", "--unshare-ipc",
        "--unshare-uts", "--unshare-cgroup", *words[shape], "--hostname", "bench", "--bind",
        str(place.tree), "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/run", "--tmpfs", "/tmp",
        "--die-with-parent", "--new-session", "--clearenv", *TRUE]


def crun(place, shape):
    return shape == "command" and ["crun", "--root", place.path("oci"), "--cgroup-manager=cgroupfs",
                                   "run", "-b", place.path("bundle"), "bench-crun"]


def runc(place, shape):
    return shape == "command" and ["runc", "--root", place.path("oci"), "run", "-b",
                                   place.path("bundle"), "bench-runc"]


def lxc(place, shape):
    return shape == "command" and ["lxc-execute", "-P", place.path("lxc"), "-n", "bench-lxc", "-f",
                                   place.path("lxc.conf"), "--", *TRUE]


class Tool:
    def __init__(self, name, command, program=None, how=""):
        self.name, self.command, self.program, self.how = name, command, program or name, how

    def installed(self):
        return shutil.which(self.program) is not None

    def version(self):
        said = subprocess.run([self.program, "--version"], capture_output=True, text=True)
        return said.stdout.splitlines()[0] if said.stdout else "?"


# The OCI runtimes do not know hosts that have cgroup v1 beside cgroup2.
TOOLS = [
    Tool("floor", floor, FLOOR),
    Tool("warren", warren, WARREN),
    Tool("bubblewrap", bwrap, "bwrap"),
    Tool("lxc-execute", lxc),
    Tool("crun", crun, how="cgroup2"),
    Tool("runc", runc, how="cgroup2"),
    Tool("systemd-nspawn", nspawn),
]


def installed_tools():
    """Those that are there; says which are not."""
    for tool in TOOLS:
        if not tool.installed():
            print(f"{tool.name}: not installed, left out")
    return [tool for tool in TOOLS if tool.installed()]
