"""Whoever starts warren, and in whatever state: nothing of it is inside, and nothing of it disturbs."""
import os
import resource
import signal
import subprocess

import pytest

from harness import WARREN


def test_ignored_sigchld_hides_no_status(warren, busybox, tmp_path):
    ignore = lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    assert warren.spawn(busybox, "payload", "exit", 3, preexec_fn=ignore).returncode == 3
    assert warren.spawn(busybox, "-a", "payload", "exit", 4, preexec_fn=ignore).returncode == 4
    # cp's failure is seen as one.
    result = warren.run("spawn", f"--template={busybox}", "-D", busybox / "mnt/copy", "true",
                        preexec_fn=ignore)
    assert result.returncode == 125 and b"into itself" in result.stderr


def test_all_signals_blocked(warren, busybox):
    block = lambda: signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    child = warren.start("spawn", "-D", busybox, "-M", "box", "payload", "signals", preexec_fn=block)
    assert child.stdout.readline() == b"ready\n"
    child.terminate()
    assert child.stdout.readline() == b"TERM\n"  # they are blocked no more


def test_removed_working_directory(warren, busybox, tmp_path):
    (tmp_path / "gone").mkdir()
    def run(*arguments):
        script = 'cd "$1" && rmdir "$1" && shift && exec "$@"'
        (tmp_path / "gone").mkdir(exist_ok=True)
        return subprocess.run(["sh", "-c", script, "sh", tmp_path / "gone", *warren.command(*arguments)],
                              capture_output=True, text=True, env=warren.environment,
                              stdin=subprocess.DEVNULL)
    assert run("spawn", "-D", busybox, "pwd").stdout == "/\n"
    for arguments in (["spawn", "true"], ["spawn", "-D", "tree", "true"],
                      ["spawn", "-D", busybox, "--bind=file", "true"]):
        result = run(*arguments)
        assert result.returncode == 125
        assert "the current directory does not exist any more" in result.stderr
        assert result.stderr.count("\n") == 1


def test_narrow_mode_mask(warren, busybox, tmp_path):
    narrow = lambda: os.umask(0o077)
    shown = warren.output(busybox, "sh", "-c", "umask; stat -c '%a %n' /run /tmp /dev /dev/shm /dev/null "
                          "/run/host /run/host/container-manager", preexec_fn=narrow)
    assert shown.splitlines() == ["0022", "755 /run", "1777 /tmp", "755 /dev", "1777 /dev/shm",
                                  "666 /dev/null", "755 /run/host", "444 /run/host/container-manager"]
    copy = tmp_path / "copy"
    warren.run("spawn", f"--template={busybox}", "-D", copy, "true", preexec_fn=narrow)
    assert copy.stat().st_mode == busybox.stat().st_mode


def test_low_limit_of_open_files(warren, busybox, tmp_path):
    low = lambda: resource.setrlimit(resource.RLIMIT_NOFILE,
                                     (24, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    binds = []
    for i in range(40):
        (tmp_path / f"{i}").write_text(f"{i}")
        binds.append(f"--bind={tmp_path}/{i}:/mnt/{i}")
    shown = warren.output(busybox, *binds, "sh", "-c", "cat /mnt/39; ulimit -n", preexec_fn=low)
    assert shown == "391024\n"  # the payload's limit is its own

    lowest = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (10, 10))
    result = warren.spawn(busybox, "true", preexec_fn=lowest)
    assert result.returncode == 125
    assert b"Too many open files (the limit of open files is too low: see ulimit -n)" in result.stderr
    assert result.stderr.count(b"\n") == 1


@pytest.mark.parametrize("options", [[], ["-a"], ["--private-users=no"]])
def test_a_thousand_descriptors_stay_outside(warren, busybox, options):
    files = [os.open("/etc/hostname", os.O_RDONLY) for _ in range(1000)]
    try:
        shown = warren.output(busybox, *options, "sh", "-c",
                              "for p in 1 $$; do ls /proc/$p/fd; done", pass_fds=files)
    finally:
        for file in files:
            os.close(file)
    assert set(shown.split()) <= {"0", "1", "2"}


@pytest.mark.parametrize("options", [[], ["-a"]])
def test_a_huge_environment_stays_outside(warren, busybox, options):
    environment = {f"SECRET{i}": "x" * 100_000 for i in range(15)}
    shown = warren.output(busybox, *options, "sh", "-c", "env; tr '\\0' '\\n' < /proc/1/environ",
                          env=environment)
    assert "SECRET" not in shown and "WARREN_ROOT" not in shown
    shown = warren.output(busybox, *options, "-E", "SECRET3", "sh", "-c", "echo ${#SECRET3}", env=environment)
    assert shown == "100000\n"


@pytest.mark.parametrize("options", [[], ["-a"], ["--console=passive"], ["--console=read-only"]])
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_standard_streams(warren, busybox, options, closed):
    script = (f'exec "{WARREN}" spawn {" ".join(options)} -D "{busybox}" '
              f'sh -c "ls /proc/self/fd > /tmp/fds; exit \\$(wc -l < /tmp/fds)" {closed}')
    # ls has the three and the one for its listing, and no other.
    result = subprocess.run(["sh", "-c", script], env=warren.environment, capture_output=True,
                            stdin=subprocess.DEVNULL, timeout=30)
    assert result.returncode == 4, result.stderr


@pytest.mark.parametrize("outer, inner, says", [
    ("pick", "pick", b"has none for others (give it nesting = true, for warren spawn --nesting)"),
    ("pick", "identity", b"only with nesting = true, for warren spawn --nesting)"),
])
def test_inside_a_container(warren, busybox, outer, inner, says):
    result = warren.run("spawn", "-x", "-D", "/", f"--private-users={outer}", "--setenv=WARREN_ROOT=/run/inner",
                        f"--bind-ro={WARREN}:/mnt/warren", f"--bind={busybox}:/mnt/tree",
                        "/mnt/warren", "spawn", "-M", "nifty", "-D", "/mnt/tree", f"--private-users={inner}", "true")
    assert result.returncode == 125
    assert result.stderr.startswith(b"warren: ") and says in result.stderr
    assert result.stderr.count(b"\n") == 1
