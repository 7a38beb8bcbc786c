"""The host that the other tests count on, and spawn on it."""
import pathlib
import subprocess


def test_the_host_is_what_is_meant():
    assert pathlib.Path("/proc/1/comm").read_text() == "systemd\n"
    controllers = pathlib.Path("/sys/fs/cgroup/cgroup.controllers").read_text().split()
    assert {"cpu", "io", "memory", "pids"} <= set(controllers)
    failed = subprocess.run(["systemctl", "--failed", "--plain", "--no-legend"], capture_output=True, text=True)
    assert failed.stdout == ""


def test_spawn_of_busybox(warren, busybox):
    assert warren.output(busybox, "/bin/echo", "hello") == "hello\n"
    assert warren.spawn(busybox, "/bin/sh", "-c", "exit 7").returncode == 7
