"""A command as process 1: what runs, as whom, where, with which status."""
import os
import pathlib
import resource
import signal
import subprocess

import pytest

from harness import eventually


@pytest.mark.parametrize("status", [0, 1, 7, 125, 133, 255])
def test_exit_status_is_the_commands(warren, busybox, status):
    assert warren.spawn(busybox, "/bin/payload", "exit", status).returncode == status


def test_death_by_a_signal_is_128_and_its_number(warren, busybox):
    container = warren.start("spawn", "-D", busybox, "-M", "victim", "/bin/sleep", "1000")
    os.kill(warren.leader("victim"), signal.SIGKILL)
    assert container.wait(timeout=10) == 128 + signal.SIGKILL
    assert warren.spawn(busybox, "-a", "sh", "-c", "kill -SEGV $$").returncode == 128 + signal.SIGSEGV


def test_missing_command_is_127(warren, busybox):
    result = warren.spawn(busybox, "no-such-command")
    assert result.returncode == 127
    assert result.stderr == b"warren: start nifty: execute no-such-command: No such file or directory\n"


def test_missing_interpreter_is_127(warren, busybox):
    script = busybox / "bin/script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    result = warren.spawn(busybox, "/bin/script")
    assert result.returncode == 127
    assert b"execute /bin/script: No such file" in result.stderr


@pytest.mark.parametrize("pid2", [[], ["-a"]])
def test_what_cannot_be_executed_is_126(warren, busybox, pid2):
    (busybox / "bin/data").write_bytes(b"\x7fELF is not all of it")
    assert warren.spawn(busybox, *pid2, "/bin/data").returncode == 126
    (busybox / "bin/data").chmod(0o755)
    (busybox / "bin/data").write_bytes(b"\x7fELF is not all of it")
    assert warren.spawn(busybox, *pid2, "/bin/data").returncode in (126, 127, 2)
    assert warren.spawn(busybox, *pid2, "/etc").returncode == 126


def test_empty_command_is_127(warren, busybox):
    assert warren.spawn(busybox, "").returncode == 127
    assert warren.spawn(busybox, "-a", "").returncode == 127


def test_no_shell_to_log_in_with(warren, bare):
    result = warren.spawn(bare)
    assert result.returncode == 127
    assert result.stderr == b"warren: start bare: execute /bin/bash, /bin/sh: No such file or directory\n"


@pytest.mark.parametrize("pid2", [[], ["-a"]])
def test_script_without_interpreter_runs_in_a_shell(warren, busybox, pid2):
    script = busybox / "bin/script"
    script.write_text('echo "got $1"\n')
    script.chmod(0o755)
    assert warren.output(busybox, *pid2, "script", "it") == "got it\n"
    script.write_text("")
    assert warren.spawn(busybox, *pid2, "script").returncode == 0


def test_arguments_arrive_as_they_are(warren, busybox):
    words = ["", " two  blanks ", "-x", "--", "*", "ä\n$(id)", "'\""]
    shown = warren.output(busybox, "/bin/sh", "-c", 'for w; do printf "%s\\0" "$w"; done', "sh", *words)
    assert shown.split("\0")[:-1] == words


def test_command_is_searched_in_the_payloads_path(warren, busybox):
    (busybox / "opt").mkdir()
    (busybox / "opt/only-here").symlink_to("/bin/busybox")
    (busybox / "opt/echo").symlink_to("/bin/echo")
    assert warren.spawn(busybox, "only-here").returncode == 127
    assert warren.output(busybox, "-E", "PATH=/nowhere:/opt", "echo", "hi") == "hi\n"


def test_standard_input_reaches_the_command_to_its_end(warren, busybox):
    data = bytes(range(256)) * 4096
    result = warren.spawn(busybox, "cat", input=data, stdin=None)
    assert result.stdout == data


def test_environment_is_the_contracts_and_nothing_of_the_callers(warren, busybox):
    found = warren.report(busybox, env={"SECRET": "of the host", "TERM": "vt220"})["environment"]
    host = dict(line.split("=", 1) for line in pathlib.Path("/etc/os-release").read_text().splitlines())
    uuid = found.pop("container_uuid")
    assert len(uuid) == 36 and uuid.count("-") == 4
    assert found == {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "container": "warren",
        "TERM": "vt220",
        "HOME": "/root", "USER": "root", "LOGNAME": "root",
        "NOTIFY_SOCKET": "/run/host/notify",
        "LANG": "C.UTF-8",
        "container_host_id": host["ID"],
        "container_host_version_id": host["VERSION_ID"].strip('"'),
    }


def test_setenv_adds_overrides_and_copies(warren, busybox):
    found = warren.report(busybox, "-E", "A=1=2", "--setenv=HOME=/elsewhere", "-E", "COPIED",
                          "-EEMPTY=", env={"COPIED": "from outside"})["environment"]
    assert (found["A"], found["HOME"], found["COPIED"], found["EMPTY"]) == \
        ("1=2", "/elsewhere", "from outside", "")


def test_called_as_systemd_nspawn_it_is_one_to_the_payload(warren, busybox, tmp_path):
    link = tmp_path / "systemd-nspawn"
    from harness import WARREN
    link.symlink_to(WARREN)
    result = subprocess.run([link, "-q", "--register=no", "-D", busybox, "sh", "-c",
                             "echo $container; cat /run/host/container-manager"],
                            env=warren.environment, capture_output=True, text=True,
                            stdin=subprocess.DEVNULL)
    assert result.stdout == "systemd-nspawn\nsystemd-nspawn\n"
    version = subprocess.run([link, "--version"], capture_output=True, text=True).stdout
    assert version.startswith("systemd 25")


def test_first_process_is_alone_and_clean(warren, busybox):
    found = warren.report(busybox)
    assert (found["pid"], found["ppid"], found["sid"], found["pgid"]) == (1, 0, 1, 1)
    assert found["directory"] == "/"
    assert found["umask"] == 0o22
    assert set(found["descriptors"]) == {"0", "1", "2"}
    status = found["status"]
    assert int(status["SigBlk"], 16) == 0
    assert int(status["SigIgn"], 16) == 0
    assert status["NoNewPrivs"] == "0"


def test_descriptors_of_the_caller_stay_outside(warren, busybox):
    with open("/etc/hostname") as file:
        found = warren.report(busybox, pass_fds=[file.fileno()])
    assert set(found["descriptors"]) == {"0", "1", "2"}


def test_ignored_and_blocked_signals_of_the_caller_stay_outside(warren, busybox):
    def ignore():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    status = warren.report(busybox, preexec_fn=ignore)["status"]
    assert int(status["SigIgn"], 16) == 0
    assert int(status["SigBlk"], 16) == 0


def test_closed_standard_streams_do_no_harm(warren, busybox):
    from harness import WARREN
    script = f'exec "{WARREN}" spawn -D "{busybox}" /bin/payload exit 4 <&- >&- 2>&-'
    assert subprocess.run(["sh", "-c", script], env=warren.environment).returncode == 4


def test_chdir(warren, busybox):
    assert warren.report(busybox, "--chdir=/home/luser")["directory"] == "/home/luser"
    result = warren.spawn(busybox, "--chdir=/nowhere", "true")
    assert result.returncode == 125
    assert result.stderr == (b"warren: start nifty: chdir /nowhere: No such file or directory "
                             b"(choose one that exists inside with --chdir)\n")


def test_user_is_looked_up_in_the_containers_files(warren, busybox):
    found = warren.report(busybox, "-u", "luser")
    assert (found["uid"], found["gid"]) == (1000, 1000)
    assert sorted(found["groups"]) == [10, 29, 1000]
    assert found["environment"]["HOME"] == "/home/luser"
    assert found["environment"]["USER"] == found["environment"]["LOGNAME"] == "luser"
    for field in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
        assert int(found["status"][field], 16) == 0


def test_user_may_no_more_before_the_start_than_after_it(warren, busybox):
    (busybox / "root/program").write_text("#!/bin/sh\n")
    (busybox / "root/program").chmod(0o755)  # in a directory that is root's alone
    for pid2 in ([], ["-a"]):
        assert warren.spawn(busybox, *pid2, "-u", "luser", "/root/program").returncode == 126
        result = warren.spawn(busybox, *pid2, "-u", "luser", "--chdir=/root", "true")
        assert result.returncode == 125
        assert b"chdir /root: Permission denied" in result.stderr
    assert warren.spawn(busybox, "--chdir=/root", "/root/program").returncode == 0


def test_user_by_number_needs_no_entry(warren, busybox):
    found = warren.report(busybox, "--user=4711")
    assert (found["uid"], found["gid"], found["groups"]) == (4711, 4711, [4711])
    assert warren.report(busybox, "--user=1000")["environment"]["USER"] == "luser"


def test_user_of_the_host_is_not_the_containers(warren, busybox):
    result = warren.spawn(busybox, "-u", "daemon", "true")
    assert result.returncode == 125
    assert b"user daemon: the container's /etc/passwd has no such user" in result.stderr


def test_user_from_a_file_that_is_bound_in(warren, busybox, tmp_path):
    passwd = tmp_path / "passwd"
    passwd.write_text("alice:x:2000:3000::/home/alice:/bin/sh\n")
    found = warren.report(busybox, f"--bind-ro={passwd}:/etc/passwd", "-u", "alice")
    assert (found["uid"], found["gid"]) == (2000, 3000)


def test_user_outside_the_range_is_refused(warren, busybox):
    result = warren.spawn(busybox, "-u", "70000", "true")
    assert result.returncode == 125
    assert b"does not include it" in result.stderr


def test_login_shell(warren, busybox):
    shown = warren.output(busybox, input=b'echo "$0 $PWD $HOME"\nexit\n', stdin=None)
    assert shown == "-sh /root /root\n"
    shown = warren.output(busybox, "-u", "luser", input=b'echo "$0 $PWD"; id -u\n', stdin=None)
    assert shown == "-sh /home/luser\n1000\n"


def test_limits_are_the_kernels_unless_asked_for(warren, busybox):
    def low():
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, resource.RLIM_INFINITY))
        resource.setrlimit(resource.RLIMIT_CORE, (4096, resource.RLIM_INFINITY))
    limits = warren.report(busybox, preexec_fn=low)["limits"]
    assert limits["FSIZE"] == [-1, -1]
    assert limits["CORE"][0] == 0
    assert limits["NOFILE"][0] == 1024
    limits = warren.report(busybox, "--rlimit=NOFILE=200:300", "--rlimit=RLIMIT_FSIZE=1M")["limits"]
    assert limits["NOFILE"] == [200, 300]
    assert limits["FSIZE"] == [1 << 20, 1 << 20]


def test_limits_beyond_what_is_allowed_are_the_highest(warren, busybox):
    """As with systemd-nspawn; here for any user, since NOFILE has a most for everybody."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    limits = warren.report(busybox, "--rlimit=NOFILE=infinity")["limits"]
    assert limits["NOFILE"] == [most, most]
    assert warren.output(busybox, "--rlimit=CPU=1min 30s", "sh", "-c", "ulimit -t") == "90\n"


def test_processors_that_are_not_there(warren, busybox):
    result = warren.spawn(busybox, "--cpu-affinity=1023", "true")
    assert result.returncode == 125
    assert b"none of the processors is there" in result.stderr


def test_scheduling(warren, busybox):
    found = warren.report(busybox, "--cpu-affinity=0", "--oom-score-adjust=300")
    assert found["processors"] == [0]
    assert found["oom_score_adj"] == 300


def test_personality(warren, busybox):
    assert warren.report(busybox, "--personality=x86")["machine"] == "i686"
    assert warren.report(busybox)["machine"] == "x86_64"


def test_32_bit_image_gets_its_personality_by_itself(warren, busybox, tmp_path):
    source = tmp_path / "exit.s"
    source.write_text(".globl _start\n_start: mov $136, %eax\nmov $0xffffffff, %ebx\nint $0x80\n"
                      "mov %eax, %ebx\nmov $1, %eax\nint $0x80\n")
    subprocess.run(["gcc", "-m32", "-nostdlib", "-static", "-o", busybox / "bin/tiny32", source],
                   check=True)
    # personality(0xffffffff) as exit status: PER_LINUX32 is 8.
    for command in ("/bin/tiny32", "bin/tiny32", "tiny32"):
        assert warren.spawn(busybox, command).returncode == 8
    assert warren.spawn(busybox, "-a", "tiny32").returncode == 8
    assert warren.spawn(busybox, "--personality=x86-64", "tiny32").returncode == 0
    # An image is what its shell is, or with --boot its init.
    (busybox / "bin/init").unlink()
    (busybox / "bin/init").symlink_to("tiny32")
    assert warren.spawn(busybox, "-b").returncode == 8
    assert warren.output(busybox, "uname", "-m") == "x86_64\n"
    (busybox / "bin/sh").unlink()
    (busybox / "bin/sh").symlink_to("tiny32")
    (busybox / "bin/script").write_text("#!/bin/busybox sh\nuname -m\n")
    (busybox / "bin/script").chmod(0o755)
    assert warren.output(busybox, "script") == "i686\n"


def test_suppress_sync(warren, busybox):
    call = lambda *options: warren.output(busybox, *options, "payload", "call", "fsync").strip()
    assert call() == "EBADF"
    assert call("--suppress-sync=yes") == "ok"
    shown = warren.output(busybox, "--suppress-sync=yes", "payload", "call", "open_sync").strip()
    assert shown == "EINVAL"


def test_identity(warren, busybox):
    found = warren.report(busybox, "-M", "box", "--uuid=c9f6b1d2-0a3e-4b5c-8d7e-1f2a3b4c5d6e")
    assert found["hostname"] == "box"
    assert found["environment"]["container_uuid"] == "c9f6b1d2-0a3e-4b5c-8d7e-1f2a3b4c5d6e"
    assert warren.report(busybox, "-M", "box", "--hostname=inside.example")["hostname"] == \
        "inside.example"
    (busybox / "etc/machine-id").write_text("0123456789abcdef0123456789abcdef\n")
    found = warren.report(busybox, "--uuid=c9f6b1d20a3e4b5c8d7e1f2a3b4c5d6e")
    assert found["environment"]["container_uuid"] == "01234567-89ab-cdef-0123-456789abcdef"


def test_boot_id_is_fresh(warren, busybox):
    show = lambda: warren.output(busybox, "cat", "/proc/sys/kernel/random/boot_id").strip()
    ids = {show(), show(), pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()}
    assert len(ids) == 3


def test_one_name_runs_once_and_a_name_by_itself_is_another(warren, busybox):
    first = warren.start("spawn", "-D", busybox, "-M", "box", "sleep", "100")
    warren.leader("box")
    result = warren.spawn(busybox, "-M", "box", "true")
    assert result.returncode == 125
    assert result.stderr == (b"warren: box: a container of this name is running "
                             b"(choose another name with --machine)\n")
    assert first.poll() is None
    warren.start("spawn", "-D", busybox, "sleep", "100")
    warren.leader("nifty")
    assert warren.output(busybox, "hostname") == "nifty-2\n"


def test_sigterm_ends_a_command(warren, busybox):
    deaf = warren.start("spawn", "-D", busybox, "-M", "deaf", "sleep", "1000")
    warren.leader("deaf")
    deaf.terminate()
    assert deaf.wait(timeout=10) == 128 + signal.SIGKILL

    polite = warren.start("spawn", "-D", busybox, "-M", "polite", "sh", "-c",
                          'trap "exit 9" TERM; echo ready; while true; do sleep 0.05; done')
    assert polite.stdout.readline() == b"ready\n"
    polite.terminate()
    assert polite.wait(timeout=10) == 9


def test_kill_signal(warren, busybox):
    child = warren.start("spawn", "-D", busybox, "--kill-signal=RTMIN+5", "payload", "signals")
    assert child.stdout.readline() == b"ready\n"
    child.terminate()
    assert child.stdout.readline() == b"RTMIN+5\n"
    child.terminate()  # at once: still the same request
    import time
    time.sleep(0.4)
    child.terminate()
    assert child.wait(timeout=10) == 128 + signal.SIGKILL


def test_processes_die_with_the_first_one(warren, busybox):
    child = warren.start("spawn", "-D", busybox, "sh", "-c", "setsid sleep 1000 & echo started")
    assert child.stdout.readline() == b"started\n"
    assert child.wait(timeout=10) == 0
    eventually(lambda: not warren.cgroup("nifty").exists())
