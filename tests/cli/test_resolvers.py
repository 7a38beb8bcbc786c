"""Which resolvers a container with a network of its own is given."""
import subprocess

import pytest

from declared import declare, nothing_is_left, succeed  # noqa: F401

# A name of its own: the interface of the host's is called after it, and other tests run meanwhile.
LINK = {"hostAddress": "10.231.136.1", "localAddress": "10.231.136.2"}
UPSTREAM = "nameserver 192.0.2.53\nsearch example.org\n"


def start(warren, name, resolver, upstream=None):
    """Starts it on a host that has these files."""
    script = "mount -t tmpfs none /run && mkdir -p /run/systemd/resolve && " \
             "mount --bind \"$1\" /etc/resolv.conf && shift && "
    files = [warren.root / "resolv.conf"]
    files[0].write_text(resolver)
    if upstream is not None:
        files.append(warren.root / "upstream.conf")
        files[1].write_text(upstream)
        script += "cp \"$1\" /run/systemd/resolve/resolv.conf && shift && "
    command = warren.command("start", name)
    subprocess.run(["unshare", "--mount", "sh", "-c", script + 'exec "$@"', "sh", *files, *command],
                   check=True, env=warren.environment)


def inside(warren, name):
    return succeed(warren, "run", name, "cat", "/etc/resolv.conf").stdout.decode()


@pytest.mark.parametrize("host, upstream, expected", [
    (UPSTREAM, None, UPSTREAM),
    ("nameserver 127.0.0.53\noptions edns0 trust-ad\n", UPSTREAM, UPSTREAM),
    ("nameserver ::1\nnameserver 192.0.2.1\n", UPSTREAM, "nameserver 192.0.2.1\n"),
    ("nameserver 127.0.0.1\n", None, "nameserver 203.0.113.1\n"),  # the image's: there is no better one
])
def test_reachable_resolvers(warren, busybox, host, upstream, expected):
    (busybox / "etc/resolv.conf").write_text("nameserver 203.0.113.1\n")
    declare(warren, "resolving", busybox, "sleep", "1000", **LINK)
    start(warren, "resolving", host, upstream)
    assert inside(warren, "resolving") == expected


def test_none_are_copied_where_nobody_wants_them(warren, busybox):
    (busybox / "etc/resolv.conf").write_text("nameserver 203.0.113.1\n")
    declare(warren, "resolving", busybox, "sleep", "1000", copyResolvConf=False, **LINK)
    start(warren, "resolving", UPSTREAM)
    assert inside(warren, "resolving") == "nameserver 203.0.113.1\n"


def test_the_hosts_network_has_the_hosts_resolvers(warren, busybox):
    declare(warren, "resolving", busybox, "sleep", "1000", privateNetwork=False)
    start(warren, "resolving", "nameserver 127.0.0.1\n")
    assert inside(warren, "resolving") == "nameserver 127.0.0.1\n"
