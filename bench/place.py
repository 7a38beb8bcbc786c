"""Where the benchmarks run: root trees, bundles and a cgroup of their own, all gone afterwards."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

CGROUPS = next((p for p in map(pathlib.Path, ("/sys/fs/cgroup/unified", "/sys/fs/cgroup"))
                if (p / "cgroup.procs").exists()), None)
HOST_IDS = 655360  # the first of 65536 ids of the containers of all peers
POWERS_OFF = "::sysinit:/bin/syslogd\n::wait:/bin/poweroff -f\n"
STAYS_UP = "::sysinit:/bin/syslogd\n"


def make_busybox(tree, inittab):
    for directory in ("bin", "dev", "etc", "proc", "root", "run", "sys", "tmp", "usr", "var/log"):
        (tree / directory).mkdir(parents=True)
    shutil.copy("/bin/busybox", tree / "bin/busybox")
    applets = subprocess.run(["/bin/busybox", "--list"], check=True, capture_output=True, text=True)
    for applet in applets.stdout.split():
        if applet != "busybox":
            (tree / "bin" / applet).symlink_to("busybox")
    (tree / "sbin").symlink_to("bin")
    for name, text in {"os-release": "ID=busybox\n", "passwd": "root::0:0:root:/root:/bin/sh\n",
                       "group": "root:x:0:\n", "inittab": inittab}.items():
        (tree / "etc" / name).write_text(text)
    if os.path.exists("/etc/resolv.conf"):  # as it would be copied, so that nothing changes
        shutil.copy("/etc/resolv.conf", tree / "etc/resolv.conf")


def bundle_config(tree):
    """A container of warren's shape for the OCI runtimes, as far as they have the words."""
    inert = ["nosuid", "noexec", "nodev"]

    def mount(where, kind, options):
        return {"destination": where, "type": kind, "source": kind, "options": options}

    ids = [{"containerID": 0, "hostID": HOST_IDS, "size": 65536}]
    spaces = ("user", "pid", "ipc", "uts", "mount", "cgroup", "network")
    return {
        "ociVersion": "1.0.2", "root": {"path": str(tree)}, "hostname": "bench",
        "process": {"user": {"uid": 0, "gid": 0}, "args": ["/bin/true"], "env": ["PATH=/bin"],
                    "cwd": "/"},
        "mounts": [
            mount("/proc", "proc", []), mount("/sys", "sysfs", [*inert, "ro"]),
            mount("/dev", "tmpfs", ["nosuid", "mode=755", "size=4m"]),
            mount("/dev/pts", "devpts", ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "gid=5"]),
            mount("/dev/shm", "tmpfs", inert), mount("/dev/mqueue", "mqueue", inert),
            mount("/run", "tmpfs", ["nosuid", "nodev"]), mount("/tmp", "tmpfs", ["nosuid", "nodev"])],
        "linux": {
            "uidMappings": ids, "gidMappings": ids,
            "namespaces": [{"type": one} for one in spaces],
            "maskedPaths": ["/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/timer_list",
                            "/sys/firmware"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys"]}}


def lxc_config(tree):
    return (f"lxc.rootfs.path = dir:{tree}\nlxc.rootfs.options = idmap=container\n"
            f"lxc.idmap = u 0 {HOST_IDS} 65536\nlxc.idmap = g 0 {HOST_IDS} 65536\n"
            "lxc.uts.name = bench\nlxc.net.0.type = empty\nlxc.autodev = 1\n"
            "lxc.mount.auto = proc:mixed sys:ro\n")


def memory_directory():
    """A directory in memory, as /run is on hosts: run-time files belong there."""
    mounts = [line.split() for line in pathlib.Path("/proc/self/mounts").read_text().splitlines()]
    for path in ("/run", "/dev/shm"):
        if any(fields[1] == path and fields[2] == "tmpfs" for fields in mounts):
            return path
    return None


class Place:
    """Directories and a cgroup; use with `with`."""

    def __enter__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="warren-bench-"))
        self.directory.chmod(0o755)
        self.tree, self.boots, self.stays = (self.directory / n for n in ("tree", "boots", "stays"))
        for tree, inittab in ((self.tree, STAYS_UP), (self.boots, POWERS_OFF), (self.stays, STAYS_UP)):
            make_busybox(tree, inittab)
        for name in ("warren", "bundle", "lxc", "mounts"):
            (self.directory / name).mkdir()
        self.run = pathlib.Path(tempfile.mkdtemp(prefix="warren-bench-", dir=memory_directory()))
        (self.run / "oci").mkdir()
        (self.directory / "oci").symlink_to(self.run / "oci")
        (self.directory / "warren/run").symlink_to(self.run)
        (self.directory / "bundle/config.json").write_text(json.dumps(bundle_config(self.tree)))
        (self.directory / "lxc.conf").write_text(lxc_config(self.tree))
        self.cgroup = CGROUPS / self.directory.name  # systemd-nspawn leaves things in the caller's
        self.cgroup.mkdir()
        self.cgroups_before = self.lxc_cgroups()
        return self

    def lxc_cgroups(self):
        """What LXC makes once for all its containers and never takes away."""
        return set(pathlib.Path("/sys/fs/cgroup").rglob("lxc.pivot"))

    def kill_all(self):
        """What still runs after an interruption."""
        (self.cgroup / "cgroup.kill").write_text("1")
        for _ in range(100):
            if "populated 0" in (self.cgroup / "cgroup.events").read_text():
                return
            time.sleep(0.05)

    def __exit__(self, *_):
        self.kill_all()
        for directory in self.lxc_cgroups() - self.cgroups_before:
            directory.rmdir()
        # The copy in cgroup v1 is systemd-nspawn's.
        for cgroup in (self.cgroup, pathlib.Path("/sys/fs/cgroup/systemd") / self.cgroup.name):
            for directory in sorted([cgroup, *cgroup.rglob("*")], reverse=True):
                if directory.is_dir():
                    directory.rmdir()
        shutil.rmtree(self.directory)
        shutil.rmtree(self.run)

    def path(self, name):
        return str(self.directory / name)

    def copies(self, count):
        """Trees that share the files of `stays`, for tools that want one for each container."""
        for number in range(count):
            copy = self.directory / f"copy-{number}"
            if not copy.exists():
                subprocess.run(["cp", "-al", self.stays, copy], check=True)
            yield copy

    def enter_cgroup(self):
        """For preexec_fn: what is started from here on is in the cgroup of the benchmarks."""
        (self.cgroup / "cgroup.procs").write_text("0")
