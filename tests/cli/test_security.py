"""What a payload may not do, tried as its root."""
import os
import pathlib
import re
import shutil
import stat
import subprocess

import pytest

from harness import BUILD


def call(warren, tree, name, *options):
    return warren.output(tree, *options, "payload", "call", name).strip()


@pytest.mark.parametrize("name", ["bpf", "add_key", "keyctl", "kexec_load", "init_module",
                                  "perf_event_open", "open_by_handle_at", "userfaultfd",
                                  "io_uring_setup", "settimeofday", "swapon", "quotactl"])
def test_calls_that_are_not_on_the_list(warren, busybox, name):
    assert call(warren, busybox, name) == "EPERM"


def test_calls_that_nobody_knows(warren, busybox):
    assert call(warren, busybox, "unknown") == "ENOSYS"
    assert call(warren, busybox, "x32") == "ENOSYS"


def test_audit_is_refused_softly_and_terminals_take_no_typing(warren, busybox):
    assert call(warren, busybox, "netlink_audit") == "EAFNOSUPPORT"
    assert call(warren, busybox, "netlink_route") == "ok"
    assert call(warren, busybox, "tiocsti", "--private-users=no") == "EPERM"


def test_calls_that_programs_need(warren, busybox):
    for name in ("unshare_user", "mlock", "sethostname"):
        assert call(warren, busybox, name) == "ok"


def test_filter_can_be_changed(warren, busybox):
    assert call(warren, busybox, "keyctl", "--system-call-filter=@keyring") == "ok"
    assert call(warren, busybox, "add_key", "--system-call-filter=bpf add_key") == "ok"
    assert call(warren, busybox, "getpid", "--system-call-filter=~getpid") == "EPERM"
    assert call(warren, busybox, "keyctl", "--system-call-filter=~@keyring",
                "--system-call-filter=@keyring") == "EPERM", "a refusal wins"
    assert call(warren, busybox, "sethostname", "--system-call-filter=~sethostname",
                "--system-call-filter=sethostname") == "EPERM", "a refusal wins"
    result = warren.spawn(busybox, "--system-call-filter=@keyrings", "true")
    assert result.returncode == 125
    assert b"@keyrings: no such system call or group (did you mean @keyring?; usage:" in result.stderr


# What an allow-list of systemd-nspawn's kind leaves out, and what warren leaves out of that.
REFUSED = set("""
    _sysctl acct add_key adjtimex afs_syscall bpf clock_adjtime clock_settime create_module delete_module
    fanotify_init fanotify_mark finit_module get_kernel_syms getpmsg init_module io_uring_enter
    io_uring_register io_uring_setup ioperm iopl kexec_file_load kexec_load keyctl lookup_dcookie modify_ldt
    nfsservctl open_by_handle_at perf_event_open putpmsg query_module quotactl quotactl_fd request_key
    security settimeofday swapoff swapon sysfs syslog tuxcall uselib userfaultfd ustat vhangup vserver
    """.split())
# They are for the kernel's own trampolines, and it does not ask a filter about them.
UNFILTERED = {335, 336}


def probe(warren, tree, numbers):
    lines = warren.output(tree, "payload", "probe", *numbers).splitlines()
    return {int(number): error for number, error in map(str.split, lines)}


def test_every_call_by_number(warren, busybox):
    table = (BUILD / "generated/syscall_numbers.inc").read_text()
    calls = {int(m[2]): m[1] for m in re.finditer(r'"(\w+)", (\d+)', table)}
    assert len(calls) > 350
    found = probe(warren, busybox, sorted(calls))
    assert found.keys() == calls.keys()
    assert {calls[number] for number, error in found.items() if error == "EPERM"} == REFUSED
    strange = set(range(700)) - calls.keys() - UNFILTERED
    assert set(probe(warren, busybox, sorted(strange)).values()) == {"ENOSYS"}
    x32 = [0x40000000 + number for number in range(700)]
    assert set(probe(warren, busybox, x32).values()) == {"ENOSYS"}


def test_capability_opens_its_calls(warren, busybox):
    assert call(warren, busybox, "settimeofday", "--capability=CAP_SYS_TIME", "--private-users=no") == "ok"


def test_filter_holds_for_32_bit_calls(warren, busybox, tmp_path):
    source = tmp_path / "calls.s"
    # bpf(0, 0, 0) is 357; exit with -result.
    source.write_text(".globl _start\n_start: mov $357, %eax\nxor %ebx, %ebx\nxor %ecx, %ecx\n"
                      "xor %edx, %edx\nint $0x80\nneg %eax\nmov %eax, %ebx\nmov $1, %eax\nint $0x80\n")
    subprocess.run(["gcc", "-m32", "-nostdlib", "-static", "-o", busybox / "bin/tiny32", source], check=True)
    assert warren.spawn(busybox, "/bin/tiny32").returncode == 1  # EPERM


def test_capabilities(warren, busybox):
    sets = lambda *options: {k: int(v, 16) for k, v in
                             warren.report(busybox, *options)["status"].items() if k.startswith("Cap")}
    default = sets()
    assert default["CapBnd"] == default["CapPrm"] == default["CapEff"] == 0xfdecafff
    assert default["CapInh"] == default["CapAmb"] == 0
    assert sets("--capability=CAP_SYS_TIME")["CapBnd"] == 0xfdecafff | 1 << 25
    assert sets("--capability=all")["CapBnd"] == (1 << 41) - 1
    assert sets("--drop-capability=CAP_CHOWN,cap_kill")["CapEff"] == 0xfdecafff & ~(1 | 1 << 5)
    assert sets("--drop-capability=all")["CapEff"] == 0
    found = sets("--ambient-capability=net_raw", "-u", "luser")
    assert found["CapAmb"] == found["CapEff"] == found["CapPrm"] == found["CapInh"] == 1 << 13
    found = sets("--ambient-capability=CAP_SYS_TIME")
    assert found["CapAmb"] == 1 << 25 and found["CapBnd"] == 0xfdecafff | 1 << 25


def test_no_new_privileges(warren, busybox):
    status = warren.report(busybox, "--no-new-privileges=yes", "-u", "luser")["status"]
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"


def test_filter_and_privileges_hold_for_process_2(warren, busybox):
    found = warren.report(busybox, "-a", "--drop-capability=CAP_CHOWN", "--no-new-privileges=yes")
    assert found["pid"] == 2
    assert found["status"]["Seccomp"] == "2" and found["status"]["NoNewPrivs"] == "1"
    assert int(found["status"]["CapEff"], 16) == 0xfdecafff & ~1


HIDDEN = [p for p in ("/proc/kcore", "/proc/kallsyms", "/proc/keys", "/proc/sysrq-trigger",
                      "/proc/timer_list", "/proc/dynamic_debug", "/proc/acpi", "/proc/scsi", "/sys/firmware",
                      "/sys/devices/virtual/powercap") if os.path.exists(p)]


@pytest.mark.parametrize("users", ["pick", "identity", "no"])
def test_masks_mask(warren, busybox, users):
    for path in HIDDEN:
        shown = warren.spawn(busybox, f"--private-users={users}", "sh", "-c",
                             f"stat -c %a {path}; if [ -d {path} ]; then ls {path}; else cat {path}; fi")
        assert shown.stdout == b"0\n", path


def test_masks_are_locked(warren, busybox):
    for path in HIDDEN + ["/proc/sys", "/proc/kmsg", "/proc/sys/kernel/random/boot_id", "/sys", "/run/host"]:
        for attempt in (f"umount {path}", f"umount -l {path}", f"mount -o remount,bind,rw {path}",
                        f"mount --move {path} /mnt"):
            if "rw" in attempt and path == "/proc/kmsg":
                continue
            assert warren.spawn(busybox, "sh", "-c", attempt).returncode != 0, attempt


@pytest.mark.parametrize("users", ["pick", "identity"])
def test_no_mount_can_be_loosened_moved_or_removed(warren, busybox, users):
    options = [f"--private-users={users}", "--bind-ro=/usr:/mnt", "--tmpfs=/root:noexec", "--set-credential=a:b"]
    assert warren.output(busybox, *options, "payload", "attack-mounts") == ""
    # As for the attack itself: it finds what is not locked.
    own = warren.output(busybox, *options, "sh", "-c", "mount -t tmpfs -o noexec none /home && payload attack-mounts")
    assert "remount exec /home" in own and "move /home" in own


# What a user namespace may mount shows or changes nothing that is not the container's.
HARMLESS = {"tmpfs", "ramfs", "devpts", "mqueue", "cgroup2", "binfmt_misc"}
# Hierarchies of v1, which are there on hybrid hosts: test_hierarchies_of_v1 looks at their reach.
LEGACY = {"cgroup", "cpuset"}


@pytest.mark.parametrize("users", ["pick", "identity"])
def test_file_systems_that_can_be_mounted(warren, busybox, users):
    known = pathlib.Path("/proc/filesystems").read_text().splitlines()
    types = {line.split()[-1] for line in known} | HARMLESS | LEGACY | {
        "proc", "sysfs", "debugfs", "tracefs", "securityfs", "devtmpfs", "bpf", "pstore", "configfs", "efivarfs",
        "hugetlbfs", "selinuxfs", "fusectl", "nsfs", "9p", "nfs", "overlay"}
    found = set(warren.output(busybox, f"--private-users={users}", "payload", "mount-types", *sorted(types)).split())
    assert "tmpfs" in found
    assert found <= HARMLESS | LEGACY


def test_hierarchies_of_v1(warren, busybox):
    """Where the host has any, they can be mounted. Only the ids of the host's root can write there."""
    attack = ("for c in cpu cpuset devices memory pids freezer blkio name=systemd; do mkdir -p /tmp/$c;"
              " mount -t cgroup -o $c none /tmp/$c 2>/dev/null || continue;"
              " mkdir /tmp/$c/warren-attack && echo made;"
              " for f in $(find /tmp/$c -type f); do (true > $f) 2>/dev/null && echo $f; done; done; true")
    assert warren.output(busybox, "sh", "-c", attack) == ""
    # Two files would be a way out. The kernel asks for the host's own capabilities there.
    attack = ("for c in cpu devices; do mkdir -p /tmp/$c; mount -t cgroup -o $c none /tmp/$c 2>/dev/null || continue;"
              " echo 'c 1:1 rw' > /tmp/$c/devices.allow && echo devices;"
              " echo /bin/sh > /tmp/$c/release_agent && echo agent; done; true")
    assert warren.output(busybox, "--private-users=identity", "sh", "-c", attack) == ""


PRESSURE = {f"/proc/pressure/{kind}" for kind in ("cpu", "io", "irq", "memory")}
DELEGATED = {f"/sys/fs/cgroup/cgroup.{name}" for name in ("procs", "threads", "subtree_control")}


def test_files_of_the_kernel_cannot_be_written(warren, busybox):
    found = {line.split()[1] for line in warren.output(busybox, "payload", "writable", "/proc", "/sys").splitlines()}
    assert found >= DELEGATED
    assert found <= DELEGATED | PRESSURE


def test_files_of_the_kernel_take_nothing_from_the_hosts_own_ids(warren, busybox):
    lines = warren.output(busybox, "--private-users=identity", "payload", "writable", "/proc", "/sys").splitlines()
    takes = {path for word, path in map(str.split, lines) if word == "takes"}
    assert {path for path in takes if not path.startswith("/sys/fs/cgroup/")} <= PRESSURE


def test_hidden_processes_stay_hidden_in_a_fresh_proc(warren, busybox):
    # A new proc shows no more: with masks locked over the old one the kernel refuses it.
    assert warren.spawn(busybox, "mount", "-t", "proc", "proc", "/mnt").returncode != 0


@pytest.mark.parametrize("kind", ["debugfs", "tracefs", "securityfs", "devtmpfs", "bpf", "pstore"])
def test_kernel_file_systems_cannot_be_mounted(warren, busybox, kind):
    assert warren.spawn(busybox, "mount", "-t", kind, kind, "/mnt").returncode != 0


def test_devices_cannot_be_made(warren, busybox):
    for node in ("b 254 0", "c 1 1", "c 1 3"):
        result = warren.spawn(busybox, "mknod", "/tmp/node", *node.split())
        assert result.returncode != 0


@pytest.mark.parametrize("options", [[], ["-x"], ["--volatile=overlay"], ["--private-users=identity"], ["--read-only"],
                                     ["--pivot-root=/usr/share"], ["--overlay=+/etc:+/home:/mnt"]])
def test_devices_of_the_image_are_dead(warren, busybox, options):
    """An image that brings a node of the host's disk must not get at it."""
    (busybox / "usr/share").mkdir()
    for place in ("zero", "etc/zero", "usr/share/zero"):
        os.mknod(busybox / place, 0o666 | stat.S_IFCHR, os.makedev(1, 5))
    shutil.copy("/bin/busybox", busybox / "usr/share/busybox")
    program = "/busybox" if "--pivot-root=/usr/share" in options else "/bin/busybox"
    path = "/mnt/zero" if "--overlay=+/etc:+/home:/mnt" in options else "/zero"
    result = warren.spawn(busybox, *options, program, "head", "-c1", path)
    assert result.returncode == 1 and result.stderr.endswith(b": Permission denied\n"), result.stderr
    again = warren.spawn(busybox, *options, program, "mount", "-o", "remount,bind,dev", path.rsplit("/", 1)[0] or "/")
    assert again.returncode != 0, "and nobody inside can wake them"


def test_devices_that_are_there(warren, busybox):
    shown = warren.output(busybox, "sh", "-c",
                          "cd /dev; ls; head -c4 zero | od -An -tx1; head -c1 urandom | wc -c;"
                          "echo x > null; echo x > full || echo full; stat -c '%a %u %t:%T' null tty")
    assert shown.split() == [
        "char", "core", "fd", "full", "mqueue", "null", "ptmx", "pts", "random", "shm", "stderr",
        "stdin", "stdout", "tty", "urandom", "zero", "00", "00", "00", "00", "1", "full",
        "666", "0", "1:3", "666", "0", "5:0"]


def test_host_is_out_of_sight(warren, busybox):
    mounts = warren.report(busybox)["mountinfo"].splitlines()
    for line in mounts:
        fields = line.split()
        # Only the root itself may name where it comes from.
        assert fields[4] == "/" or str(busybox.parent) not in line, line
    assert len(mounts) < 40


def test_processes_of_the_host_are_out_of_reach(warren, busybox):
    shown = warren.output(busybox, "sh", "-c", "ls /proc | grep -c '^[0-9]*$'; kill -9 -1; kill -0 2>/dev/null 300; echo $?")
    assert shown.splitlines()[-1] == "1"


def test_namespaces_are_all_new(warren, busybox):
    found = warren.report(busybox, "--private-network")["namespaces"]
    for name, inode in found.items():
        assert inode != os.readlink(f"/proc/self/ns/{name}"), name


def test_cgroup_is_a_root_and_can_be_divided(warren, busybox):
    shown = warren.output(busybox, "sh", "-c",
                          "grep ^0:: /proc/self/cgroup; mkdir /sys/fs/cgroup/sub && echo $$ > "
                          "/sys/fs/cgroup/sub/cgroup.procs && grep ^0:: /proc/self/cgroup;"
                          "echo 1 > /sys/fs/cgroup/cgroup.max.depth; ls /sys/fs/cgroup/..")
    lines = shown.splitlines()
    assert lines[:2] == ["0::/", "0::/sub"]
    result = warren.spawn(busybox, "sh", "-c", "echo 1 > /sys/fs/cgroup/cgroup.max.descendants")
    assert result.returncode != 0


def test_reboot_stays_inside(warren, busybox):
    assert warren.spawn(busybox, "--keep-unit", "payload", "reboot").returncode == 133


def test_keyring_is_fresh(warren, busybox):
    subprocess.run(["true"])
    keys = lambda: warren.output(busybox, "--system-call-filter=@keyring", "payload", "call", "keyctl")
    assert keys() == "ok\n"
