"""Containers that stay up: how much memory they take, and whether they slow others down."""
import ctypes
import os
import pathlib
import signal
import subprocess
import time

from tools import FLOOR, WARREN


def status_lines(pid):
    try:
        text = pathlib.Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return {}
    return dict(line.split(":", 1) for line in text.splitlines())


def parents():
    """{pid: parent} of all processes."""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        parent = status_lines(name).get("PPid")
        if parent:
            found[int(name)] = int(parent)
    return found


def descendants(pids):
    """The processes of each of `pids`, itself included: {pid: [pid…]}."""
    children = {}
    for pid, parent in parents().items():
        children.setdefault(parent, []).append(pid)

    def below(pid):
        return [pid] + [one for child in children.get(pid, []) for one in below(child)]

    return {pid: below(pid) for pid in pids}


def same_memory(one, other):
    """Whether two processes have one memory (kcmp(2) KCMP_VM), which is to be counted once."""
    kcmp, vm = 312, 1
    return ctypes.CDLL(None).syscall(kcmp, one, other, vm, 0, 0) == 0


def kilobytes(pid, *names):
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(names))


class Running:
    """Programs that hold a container each; ended with `with`, by the end of their process 1."""

    def __init__(self, place, commands, processes_each):
        self.holders = [subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                         stderr=subprocess.DEVNULL, preexec_fn=place.enter_cgroup)
                        for words in commands]
        self.wait_for(processes_each)

    def wait_for(self, processes_each):
        deadline = time.monotonic() + 60
        while True:
            self.trees = descendants([holder.pid for holder in self.holders])
            if all(len(tree) >= processes_each for tree in self.trees.values()):
                time.sleep(1)  # until the holders have nothing to do but wait
                return
            if time.monotonic() > deadline or any(h.poll() is not None for h in self.holders):
                self.__exit__()
                raise RuntimeError(f"not all came up: {self.holders[0].args}")
            time.sleep(0.1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for tree in descendants([holder.pid for holder in self.holders]).values():
            for pid in tree:
                if status_lines(pid).get("NSpid", "").split()[1:] == ["1"]:
                    os.kill(pid, signal.SIGKILL)
        for holder in self.holders:
            try:
                holder.wait(timeout=20)
            except subprocess.TimeoutExpired:
                holder.kill()
                holder.wait()

    def memory(self):
        """KB for each container: private to its holder, and of all its processes (Pss)."""
        count = len(self.holders)
        own = [pid for holder, tree in self.trees.items() for pid in tree
               if pid == holder or not same_memory(pid, holder)]
        return {"private": sum(kilobytes(h.pid, "Private_") for h in self.holders) / count,
                "pss": sum(kilobytes(pid, "Pss:") for pid in own) / count,
                "containers": count}


def busybox_commands(place, tool, count):
    """What brings up `count` BusyBox systems, each with init and syslogd."""
    if tool == "floor":
        return [[FLOOR, "-c", str(place.stays), "bench", "/sbin/init"]] * count
    if tool == "warren":
        return [[WARREN, "--root", place.path("warren"), "spawn", "-q", "-D", str(place.stays), "-b",
                 "--private-network"]] * count
    return [["systemd-nspawn", "-q", "--register=no", "--keep-unit", "--private-network",
             "--private-users=655360:65536", "--private-users-ownership=map", "-b", "-D", str(tree)]
            for tree in place.copies(count)]


def measure_memory(place, tools, count):
    """{tool: memory()} of those that keep a process beside a container."""
    found = {}
    for tool in tools:
        if tool.name in ("floor", "warren", "systemd-nspawn"):
            try:
                with Running(place, busybox_commands(place, tool.name, count), 3) as running:
                    found[tool.name] = running.memory()
            except RuntimeError as error:
                print(f"{tool.name}: {error}")
    return found


def sleepers(place, count):
    """`count` containers of warren that do nothing."""
    command = [WARREN, "--root", place.path("warren"), "spawn", "-q", "-D", str(place.tree),
               "--private-network", "/bin/sleep", "100000"]
    return Running(place, [command] * count, 2)
