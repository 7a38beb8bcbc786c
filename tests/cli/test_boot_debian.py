"""Debian with systemd as process 1, and systemd-nspawn beside it as the measure."""
import re
import socket
import subprocess

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


@pytest.mark.parametrize("option", ["--private-network", "--private-users=no", "--volatile=overlay", "--volatile=state"])
def test_boots_without_failures_also_so(warren, debian, unit, option):
    options, arguments = boot_options(unit("echo virt $(systemd-detect-virt --container); apt-get --version | head -n 1; "
                                           "loginctl list-sessions --no-legend && echo logind answers"))
    result = warren.run("spawn", *([] if "volatile" in option else ["-x"]), "-D", debian, option, *options,
                        "--", *arguments, timeout=90)
    assert result.returncode == 0, result.stdout[-3000:]
    assert failed_units(result.stdout) == set()
    assert b"virt container-other" in result.stdout
    assert b"logind answers" in result.stdout


def test_status_of_systemctl_exit(warren, debian, unit):
    options, arguments = boot_options(unit("systemctl --no-block exit 7; sleep 100"))
    assert warren.run("spawn", "-x", "-D", debian, *options, "--", *arguments, timeout=90).returncode == 7


def test_socket_unit_takes_the_socket_that_was_passed(warren, debian, tmp_path):
    """Activation of a whole container: the first connection starts it, a service inside answers."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    client = socket.create_connection(("127.0.0.1", port), timeout=60)
    units = tmp_path / "units"
    (units / "sockets.target.wants").mkdir(parents=True)
    (units / "sockets.target.wants/echo.socket").symlink_to("/etc/systemd/system/echo.socket")
    (units / "echo.socket").write_text(f"[Socket]\nListenStream=127.0.0.1:{port}\nAccept=yes\n")
    (units / "echo@.service").write_text("[Service]\nExecStart=cat /proc/sys/kernel/hostname\n"
                                         "StandardInput=socket\nStandardOutput=socket\n")
    binds = [f"--bind-ro={units / name}:/etc/systemd/system/{name}"
             for name in ("echo.socket", "echo@.service", "sockets.target.wants")]
    script = 'exec 3<&%d; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"' % listener.fileno()
    child = subprocess.Popen(
        ["bash", "-c", script, "bash", *warren.command("spawn", "-xbD", debian, "-M", "active", "--private-network", *binds)],
        env=warren.environment, pass_fds=[listener.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    warren.children.append(child)
    with client, client.makefile() as lines:
        assert lines.readline() == "active\n"
    child.terminate()
    assert child.wait(timeout=60) == 0
    listener.close()
