"""Debian with systemd as process 1, and systemd-nspawn beside it as the measure."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest

from harness import eventually

REPORT = """
[Unit]
Description=Report for the tests
Requires=multi-user.target
After=multi-user.target
[Service]
Type=oneshot
StandardOutput=tty
TTYPath=/dev/console
ExecStart=/bin/sh -c 'echo "=== report"; systemctl list-units --failed --plain --no-legend; \
  echo "=== end"; echo state $(systemctl is-system-running)'
ExecStart=/bin/sh -c '%s'
ExecStart=systemctl --no-block poweroff
"""


@pytest.fixture
def unit(tmp_path):
    def write(command="true"):
        path = tmp_path / "report.service"
        path.write_text(REPORT % command.replace("%", "%%"))
        return ["-b", f"--bind-ro={path}:/etc/systemd/system/report.service", "--unit=report.service"]
    return write


def boot_options(unit):
    return unit[:-1], unit[-1:]


def failed_units(output):
    report = re.search(rb"=== report\r?\n(.*?)=== end", output, re.S)
    assert report, output.decode(errors="replace")
    # The console is shared with systemd's own messages.
    return set(re.findall(rb"^(\S+\.(?:service|mount|socket|timer|target|slice|path)) +loaded",
                          report.group(1), re.M))


def test_boots_to_multi_user_without_failures_and_powers_off(warren, debian, unit):
    options, arguments = boot_options(unit())
    result = warren.run("spawn", "-x", "-D", debian, *options, "--", *arguments, timeout=90)
    assert result.returncode == 0, result.stdout[-3000:]
    assert b"Detected virtualization container-other" in result.stdout
    assert failed_units(result.stdout) == set()


def test_no_unit_fails_that_works_under_nspawn(warren, nspawn, debian, unit, tmp_path):
    options, arguments = boot_options(unit())
    copy = tmp_path / "debian"
    subprocess.run(["cp", "-a", "--reflink=auto", debian, copy], check=True)
    ours = warren.run("spawn", "-D", copy, *options, "--", *arguments, timeout=90)
    assert ours.returncode == 0
    theirs = nspawn("-U", "-D", copy, *options, "--", *arguments, timeout=120)
    assert b"=== report" in theirs.stdout, theirs.stderr
    assert failed_units(ours.stdout) <= failed_units(theirs.stdout)


def test_identity_is_kept_over_boots(warren, debian, tmp_path):
    tree = tmp_path / "debian"
    subprocess.run(["cp", "-a", "--reflink=auto", debian, tree], check=True)
    ids = []
    for _ in range(2):
        child = warren.start("spawn", "-bD", tree, "-M", "box", "--notify-ready=yes", "--uuid=11111111222243338444555555555555")
        warren.leader("box")
        file = tree / "etc/machine-id"
        eventually(lambda: file.read_text().strip() not in ("", "uninitialized"), 30)
        ids.append(file.read_text().strip())
        child.terminate()
        assert child.wait(timeout=60) == 0
    assert ids == ["11111111222243338444555555555555"] * 2


def test_readiness_comes_from_systemd(warren, debian, tmp_path):
    import socket
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listener.bind(str(tmp_path / "notify"))
    listener.settimeout(60)
    child = warren.start("spawn", "-xbD", debian, "-M", "box", "--notify-ready=yes",
                         env={"NOTIFY_SOCKET": str(tmp_path / "notify")})
    message = ""
    while "READY=1" not in message:
        message = listener.recv(4096).decode()
    leader = int(re.search(r"X_NSPAWN_LEADER_PID=(\d+)", message).group(1))
    shown = subprocess.run(["nsenter", "-t", str(leader), "-a", "systemctl", "is-active", "multi-user.target"],
                           capture_output=True, text=True)
    assert shown.stdout == "active\n"
    child.terminate()
    assert child.wait(timeout=60) == 0
    listener.close()


def test_reboot_from_inside_boots_again(warren, debian, unit):
    options, arguments = boot_options(unit("if [ ! -e /once ]; then touch /once; systemctl --no-block reboot; sleep 100; fi"))
    result = warren.run("spawn", "-x", "-D", debian, *options, "--", *arguments, timeout=120)
    assert result.returncode == 0
    assert result.stdout.count(b"=== report") == 2


def test_two_of_one_tree_at_once(warren, debian, unit):
    options, arguments = boot_options(unit())
    children = [warren.start("spawn", "-x", "-D", debian, "-M", f"twin{i}", *options, "--", *arguments)
                for i in range(2)]
    for child in children:
        output, _ = child.communicate(timeout=120)
        assert child.returncode == 0
        assert failed_units(output) == set()


def test_services_with_sandboxes_run(warren, debian, unit):
    command = ("systemd-run -q --wait --pipe -p PrivateTmp=yes -p ProtectSystem=strict -p PrivateDevices=yes "
               "-p ProtectHome=yes -p ProtectKernelTunables=yes -p ProtectKernelLogs=yes "
               "-p ProtectControlGroups=yes -p NoNewPrivileges=yes -p SystemCallFilter=@system-service "
               "-p RestrictNamespaces=yes -p MemoryDenyWriteExecute=yes -p DynamicUser=yes "
               "echo sandboxed > /dev/console")
    options, arguments = boot_options(unit(command))
    result = warren.run("spawn", "-x", "-D", debian, *options, "--", *arguments, timeout=90)
    assert b"sandboxed" in result.stdout, result.stdout[-2000:]


def test_credentials_reach_systemd(warren, debian, unit):
    options, arguments = boot_options(unit("cat /run/credentials/@system/greeting 2>/dev/null || cat /run/host/credentials/greeting"))
    result = warren.run("spawn", "-x", "-D", debian, "--set-credential=greeting:hello there", *options, "--", *arguments, timeout=90)
    assert b"hello there" in result.stdout
