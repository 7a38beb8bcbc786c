#!/usr/bin/env python3
"""Boots the Debian 12 host of tests/support/make_vm.sh under QEMU, with warren as `make install`
installs it, and runs tests in it: all that are meant for it, or those that are named.

Usage: run.py [--shell | --all | PYTEST-ARGUMENT…], as in run.py tests/vm/test_host.py -k spawn
"""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading

SOURCE = pathlib.Path(__file__).parents[2]
BUILD = pathlib.Path(os.environ.get("WARREN_BUILD", SOURCE / "build-debug"))
TREES = pathlib.Path(os.environ.get("WARREN_TEST_TREES", BUILD / "trees"))
DISKS = pathlib.Path(os.environ.get("WARREN_TEST_VM", TREES)) / "vm"
SECONDS = int(os.environ.get("WARREN_VM_SECONDS", "570"))  # for all of it
BESIDE = 3  # so many runs of pytest go side by side
RUNS = [
    ["tests/vm", "--ignore=tests/vm/test_enforced_limits.py"],  # all of one root, the host's
    ["tests/vm/test_enforced_limits.py", "tests/cli/test_limits.py", "tests/cli/test_pause.py",
     "tests/cli/test_devices.py"],
    ["tests/cli/test_boot_debian.py", "tests/cli/test_life.py", "tests/cli/test_run.py",
     "tests/cli/test_security.py", "-k",
     "boots_to_multi_user or start_and_stop or nobodys or two_starts or policy or test_restart or terminate or "
     "fifo or enters_all_namespaces or has_no_more_rights or no_descriptor_leaks or take_nothing or masks_mask"],
    ["tests/cli/test_sockets.py", "tests/cli/test_root.py", "tests/cli/test_service.py"],
]


def all_runs():
    """Each file by itself, the longest first. Not what needs a compiler, or file systems that the host
    has no programs for and its kernel, Linux 6.1, cannot map ids on."""
    files = sorted((SOURCE / "tests/cli").glob("test_*.py"), key=lambda file: -file.stat().st_size)
    return [["build-debug/tests/kernel_tests"], ["tests/vm"],
            *([str(file.relative_to(SOURCE)), "-k", "not 32_bit and not test_pick_on"] for file in files)]


def make_disk(scratch, runs, seconds):
    """What changes from run to run is a disk of its own, and the guest's /usr/local."""
    local = scratch / "stage/usr/local"
    subprocess.run(["make", "--silent", "install", f"DESTDIR={scratch / 'stage'}", "PREFIX=/usr/local"],
                   cwd=SOURCE, check=True, stdout=subprocess.DEVNULL)
    place = local / "src/warren"
    (place / "build-debug/tests").mkdir(parents=True)
    for program in ("payload", "kernel_tests"):  # without what a debugger wants, which is most of it
        subprocess.run(["strip", "-g", "-o", place / "build-debug/tests" / program, BUILD / "tests" / program],
                       check=True)
    (place / "build-debug/generated").mkdir()
    subprocess.run(["cp", "-a", BUILD / "generated/syscall_numbers.inc", place / "build-debug/generated/"],
                   check=True)
    files = subprocess.run(["find", "tests", "-type", "f", "-name", "*.py", "-o", "-name", "*.sh"],
                           cwd=SOURCE, check=True, capture_output=True, text=True).stdout.split()
    subprocess.run(["cp", "-a", "--parents", *files, place], cwd=SOURCE, check=True)
    (place / "tests/vm/wanted.json").write_text(json.dumps({"runs": runs, "beside": BESIDE, "seconds": seconds - 10}))
    subprocess.run(["chown", "-R", "0:0", local], check=True)
    disk = scratch / "local.ext4"
    subprocess.run(["mke2fs", "-q", "-t", "ext4", "-O", "^has_journal", "-d", local, disk, "200M"], check=True)
    return disk


def qemu(disk, scratch, shell):
    """The command. All that is written to the disks is forgotten at the end."""
    # Without what the emulator does slowly: string moves, a byte at a time, by which the kernel and
    # the C library copy and clear where these are said to be fast, and a fifth level of page tables.
    processor = "max,-erms,-fsrm,-la57"
    words = ["qemu-system-x86_64", "-accel", "tcg", "-M", "q35", "-cpu", processor, "-smp", "2", "-m", "1536",
             "-nodefaults", "-no-user-config", "-display", "none", "-nic", "none", "-no-reboot",
             "-kernel", DISKS / "vmlinuz", "-initrd", DISKS / "initrd", "-append",
             "console=ttyS0 quiet rw mitigations=off" + (" systemd.mask=warren-tests.service" if shell else ""),
             "-serial", "mon:stdio" if shell else f"file:{scratch / 'console'}",
             "-serial", "null" if shell else "stdio"]
    for file in (DISKS / "base.ext4", disk, DISKS / "debian.ext4"):
        words += ["-drive", f"file={file},if=virtio,format=raw,snapshot=on,cache=unsafe"]
    # It dies with this process, however that ends.
    return ["setpriv", "--pdeathsig", "KILL", *map(str, words)]


def run_tests(command, scratch, seconds):
    """True when the guest says so, of the tests and then of its own end. What it says is passed on."""
    machine = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    watchdog = threading.Timer(seconds, machine.kill)
    watchdog.daemon = True  # this program may be ended before
    watchdog.start()
    verdicts = {}
    for line in machine.stdout:
        text = line.decode(errors="replace").rstrip()
        print(text, flush=True)
        if text.startswith(("tests: ", "shutdown: ")):
            verdicts.update([text.split(": ")])
    machine.wait()
    watchdog.cancel()
    if len(verdicts) < 2:
        console = (scratch / "console").read_bytes().decode(errors="replace")
        print(f"the host said nothing to the end within {seconds} s; its console:\n{console[-10000:]}")
    return verdicts == {"tests": "passed", "shutdown": "passed"}


def main(arguments):
    shell = arguments[:1] == ["--shell"]
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
    if "WARREN_TEST_VM" not in os.environ:
        for script in ("make_trees.sh", "make_vm.sh"):
            subprocess.run([SOURCE / "tests/support" / script, TREES], check=True)
    everything = arguments[:1] == ["--all"]
    runs = all_runs() if everything else [arguments] if arguments else RUNS
    seconds = SECONDS * 10 if everything else SECONDS
    with tempfile.TemporaryDirectory(prefix="warren-vm-") as name:
        scratch = pathlib.Path(name)
        command = qemu(make_disk(scratch, runs, seconds), scratch, shell)
        if shell:
            return subprocess.run(command).returncode
        return 0 if run_tests(command, scratch, seconds) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
