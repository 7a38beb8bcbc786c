"""What systemd's CONTAINER_INTERFACE promises a payload."""
import os
import pathlib
import re
import signal
import subprocess

import pytest

from harness import eventually, host_mounts


def test_run_host(warren, busybox):
    shown = warren.output(busybox, "sh", "-c",
                          "cd /run/host; ls -a; cat container-manager container-uuid; echo $container_uuid;"
                          "stat -c '%n %a %u %F' notify inaccessible/*; touch x; grep ' /run/host ' /proc/mounts")
    assert "warren\n" in shown
    uuids = re.findall(r"^[0-9a-f-]{36}$", shown, re.M)
    assert len(uuids) == 2 and uuids[0] == uuids[1]
    assert "notify 700 0 socket" in shown
    for name, kind in (("reg", "regular empty file"), ("dir", "directory"), ("fifo", "fifo"),
                       ("sock", "socket"), ("chr", "character special file"), ("blk", "block special file")):
        assert f"inaccessible/{name} 0 0 {kind}" in shown
    assert "tmpfs ro," in shown.splitlines()[-1]
    assert warren.output(busybox, "stat", "-c", "%a %u %F", "/run/host/incoming") == "600 0 directory\n"
    result = warren.output(busybox, "cat", "/run/host/os-release")
    assert result == pathlib.Path("/etc/os-release").read_text()


def test_api_file_systems(warren, busybox):
    mounts = {}
    for line in warren.report(busybox, "--private-network")["mountinfo"].splitlines():
        left, right = line.split(" - ")
        mounts[left.split()[4]] = (right.split()[0], left.split()[5].split(","), left)
    for path, kind, flags in (("/proc", "proc", "rw nosuid nodev noexec"), ("/sys", "sysfs", "ro nosuid nodev noexec"),
                              ("/proc/sys", "proc", "ro"), ("/proc/sys/net", "proc", "rw"),
                              ("/sys/fs/cgroup", "cgroup2", "rw nosuid nodev noexec"),
                              ("/dev", "tmpfs", "rw nosuid"), ("/dev/pts", "devpts", "rw nosuid noexec"),
                              ("/dev/shm", "tmpfs", "rw nosuid nodev"), ("/dev/mqueue", "mqueue", "rw"),
                              ("/run", "tmpfs", "rw nosuid nodev"), ("/tmp", "tmpfs", "rw nosuid nodev")):
        assert mounts[path][0] == kind
        assert set(flags.split()) <= set(mounts[path][1]), path
    for path, (_, _, line) in mounts.items():
        assert " shared:" in line and "master:" not in line, line
    shown = warren.output(busybox, "stat", "-c", "%n %a %u", "/dev", "/run", "/tmp", "/dev/shm", "/dev/pts/ptmx")
    assert shown == "/dev 755 0\n/run 755 0\n/tmp 1777 0\n/dev/shm 1777 0\n/dev/pts/ptmx 666 0\n"


def test_device_for_tunnels(warren, busybox):
    found = warren.output(busybox, "--private-network", "sh", "-c", "tunctl -t tap7 && ls /sys/class/net; stat -c %t:%T /dev/net/tun")
    assert "tap7" in found.split() and found.endswith("a:c8\n")
    assert warren.spawn(busybox, "test", "-e", "/dev/net").returncode == 1


def test_mounts_made_inside_stay_inside(warren, busybox):
    before = host_mounts()
    warren.output(busybox, "sh", "-c", "mount -t tmpfs tmpfs /mnt && touch /mnt/x && umount /mnt")
    assert host_mounts() == before


def test_pseudo_terminals_work(warren, busybox):
    assert warren.output(busybox, "payload", "pty") == "/dev/pts/0 620 5\n"
    assert warren.output(busybox, "-u", "luser", "payload", "pty") == "/dev/pts/0 620 5\n"


def test_process_2_under_the_little_init(warren, busybox):
    found = warren.report(busybox, "-a", "-E", "MARK=1", env={"SECRET": "of the host"})
    assert (found["pid"], found["ppid"], found["sid"]) == (2, 1, 2)
    shown = warren.output(busybox, "-a", "sh", "-c", "cat /proc/1/comm; tr '\\0' '\\n' < /proc/1/environ", env={"SECRET": "of the host"})
    assert shown.startswith("init\n") and "SECRET" not in shown
    # It keeps nothing open that the command may want to close.
    shown = warren.output(busybox, "-a", "sh", "-c", "while [ -e /proc/1/fd/2 ]; do sleep 0.01; done;"
                          "ls /proc/1/fd | wc -l; ls -l /proc/1/exe")
    assert shown.startswith("0\n") and "memfd" in shown


def test_little_init_reaps(warren, busybox):
    child = warren.start("spawn", "-a", "-M", "box", "-D", busybox, "payload", "zombies", "20", stdin=subprocess.PIPE)
    assert child.stdout.readline() == b"left\n"
    leader = warren.leader("box")
    procs = lambda: len((warren.cgroup("box") / "cgroup.procs").read_text().split())
    eventually(lambda: procs() == 2)
    child.stdin.close()
    assert child.wait(timeout=10) == 0


@pytest.mark.parametrize("sent,arrives", [("TERM", "TERM"), ("HUP", "HUP"), ("USR1", "USR1"), ("QUIT", "QUIT"),
                                          ("RTMIN+3", "TERM"), ("RTMIN+4", "TERM"), ("RTMIN+14", "TERM")])
def test_little_init_passes_signals_on(warren, busybox, sent, arrives):
    child = warren.start("spawn", "-a", "-M", "box", "-D", busybox, "payload", "signals")
    assert child.stdout.readline() == b"ready\n"
    subprocess.run(["/bin/kill", "-s", sent, str(warren.leader("box"))], check=True)
    got = [child.stdout.readline().decode().strip()]
    while got[-1] != arrives:  # SIGHUP and SIGCONT come along with a request to end
        assert got[-1] in ("HUP", "CONT")
        got.append(child.stdout.readline().decode().strip())
    child.terminate()
    child.wait(timeout=10)


def test_little_init_reboots(warren, busybox):
    child = warren.start("spawn", "-a", "-M", "box", "-D", busybox, "payload", "signals")
    assert child.stdout.readline() == b"ready\n"
    first = warren.leader("box")
    os.kill(first, signal.SIGINT)
    while child.stdout.readline() != b"ready\n":
        pass
    eventually(lambda: warren.leader("box") != first)
    child.terminate()
    child.wait(timeout=10)


def test_little_init_gives_the_status(warren, busybox):
    assert warren.spawn(busybox, "-a", "payload", "exit", "9").returncode == 9
    assert warren.spawn(busybox, "-a", "sh", "-c", "kill -9 $$").returncode == 137
    result = warren.spawn(busybox, "-a", "missing")
    assert result.returncode == 127
    assert result.stderr == b"warren: start nifty: execute missing: No such file or directory\n"


def test_machine_id_of_a_booted_image_is_the_uuid(warren, busybox):
    (busybox / "etc/machine-id").write_text("uninitialized\n")
    found = warren.report(busybox, "--uuid=00000000-0000-4000-8000-000000000001")
    assert found["environment"]["container_uuid"] == "00000000-0000-4000-8000-000000000001"


def test_keep_unit_stays_in_the_callers_cgroup(warren, busybox):
    from harness import CGROUPS
    unit = CGROUPS / f"warren-unit-{os.getpid()}"
    unit.mkdir()
    try:
        child = warren.start("spawn", "--keep-unit", "-D", busybox, "-M", "box", "sleep", "100",
                             preexec_fn=lambda: (unit / "cgroup.procs").write_text("0"))
        leader = warren.leader("box")
        assert (unit / "payload/cgroup.procs").read_text() == f"{leader}\n"
        supervisors = (unit / "supervisor/cgroup.procs").read_text().split()
        assert str(child.pid) in supervisors and str(leader) not in supervisors
        child.terminate()
        child.wait(timeout=10)
        assert [p.name for p in unit.iterdir() if p.is_dir()] == []
    finally:
        unit.rmdir()


def test_controllers_of_a_delegated_cgroup_reach_the_container(warren, busybox):
    """An init inside needs them. Which ones the unit has is up to the host."""
    from harness import CGROUPS
    unit = CGROUPS / f"warren-unit-{os.getpid()}"
    unit.mkdir()
    try:
        available = (unit / "cgroup.controllers").read_text()
        assert not (unit / "cgroup.subtree_control").read_text().strip()
        shown = warren.output(busybox, "--keep-unit", "cat", "/sys/fs/cgroup/cgroup.controllers",
                              preexec_fn=lambda: (unit / "cgroup.procs").write_text("0"))
        assert shown == available
    finally:
        unit.rmdir()
