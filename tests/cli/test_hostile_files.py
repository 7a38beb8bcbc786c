"""A container's root puts odd things where warren reads: while it runs, and for its next start."""
import resource

import pytest

from declared import declare, nothing_is_left, succeed  # noqa: F401


def limited_memory():
    """A file of ten gigabytes that is read into memory would not fit."""
    resource.setrlimit(resource.RLIMIT_AS, (128 << 20, 128 << 20))


ODD = {
    "huge": "truncate -s 10G {0}",
    "fifo": "mkfifo {0}",
    "directory": "mkdir {0}",
    "loop": "ln -s {0} {0}",
    "endless": "ln -s /dev/zero {0}",
    "process": "ln -s /proc/kmsg {0}",
    "lines": "yes 'u:x:1000:1000::/:' | head -c 3000000 > {0}",
    "colons": "yes :::::::: | head -c 3000000 | tr -d '\\n' > {0}",
    "members": "(printf 'wheel:x:10:'; yes alice, | head -c 3000000 | tr -d '\\n') > {0}",
}
KEY = "/etc/ssh/ssh_host_ed25519_key.pub"
FILES = ["/etc/passwd", "/etc/group", "/etc/shadow", "/etc/hosts", "/etc/inittab", "/etc/machine-id", KEY]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("kind", ODD)
def test_odd_things_where_warren_reads(warren, busybox, file, kind):
    declare(warren, "box", busybox, timeoutStartSec=5, timeoutStopSec=2, users={"alice": {"extraGroups": ["wheel"]}}, groups={"wheel": {}},
            services={"job": {"command": "/bin/sleep 1000"}}, files={"/etc/motd": {"text": "x", "user": "alice"}})
    succeed(warren, "start", "box")

    def ends(*arguments):
        result = warren.run(*arguments, timeout=20, preexec_fn=limited_memory)
        assert result.returncode in (0, 1, 125), result.stderr
        assert result.stderr.count(b"\n") <= 1 or b"  | " in result.stderr, result.stderr
        assert b"root:" not in result.stdout
        return result.returncode == 0

    succeed(warren, "run", "box", "sh", "-c", f"mkdir -p /etc/ssh; rm -rf {file}; " + ODD[kind].format(file))
    ends("run", "-u", "alice", "box", "true")
    ends("run", "-u", "nobody-has-this", "box", "true")
    assert not ends("show-host-key", "box")
    assert ends("run", "box", "true"), "root needs no file"
    assert ends("status", "box") and ends("terminate", "box")
    if ends("start", "box"):
        assert ends("run", "box", "true")
