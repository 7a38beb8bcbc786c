"""Kills warren, or refuses it something, at one chosen system call: strace(1) counts the calls of
warren itself by name and acts on one of them."""
import collections
import re
import signal
import subprocess

# What others can see of a call: between two of these the host stays the same.
CHANGES = set("""mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 symlink symlinkat link linkat mknod mknodat
    write writev pwrite64 sendfile copy_file_range ftruncate fchmod fchmodat fchown fchownat setxattr flock fcntl
    mount umount2 fsmount move_mount open_tree mount_setattr pivot_root unshare setns clone clone3 fork vfork execve
    kill pidfd_send_signal sendmsg sendto send connect bind listen utimensat syncfs""".split())
KILLED = (-signal.SIGKILL, 128 + signal.SIGKILL)


def traced(warren, options, arguments, trace="/dev/null", **more):
    """warren with ARGUMENTS under strace, to its end."""
    more.setdefault("timeout", 30)
    return subprocess.run(["strace", "-qq", "-o", str(trace), *options, "--", *warren.command(*arguments)],
                          env=warren.environment, capture_output=True, stdin=subprocess.DEVNULL, **more)


def calls_in(trace, changes_only=False, never=()):
    """Every call of warren's own code in a trace: its name, and which one of that name it is."""
    calls, counts, ours = [], collections.Counter(), False
    for line in trace.read_text().splitlines():
        name = re.match(r"(\w+)\(", line)
        if not name:
            continue
        name = name.group(1)
        counts[name] += 1
        ours = ours or line.startswith('openat(AT_FDCWD, "/dev/null"')
        changes = name in CHANGES or (name == "openat" and "O_CREAT" in line)
        if ours and name not in never and (changes or not changes_only):
            calls.append((name, counts[name]))
    assert len(calls) > 1
    return calls


def kill_at(name, which):
    return ["-e", f"inject={name}:signal=KILL:when={which}"]
