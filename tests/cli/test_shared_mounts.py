"""A host whose mounts are shared, as systemd makes them: what a container mounts stays inside."""
import subprocess

import pytest

ROOTS = {
    "tree": [], "ephemeral": ["-x"], "volatile": ["--volatile=overlay"],
    "pivot": ["--pivot-root=/mnt/part:/mnt"], "host-ids": ["--private-users=no"],
}


def on_shared_mounts(warren, *arguments, after=":"):
    """Runs warren where every mount is shared, and then a script there."""
    script = f'mount --make-rshared /; "$@" || exit; {after}'
    return subprocess.run(["unshare", "--mount", "sh", "-uc", script, "sh", *warren.command(*arguments)],
                          env=warren.environment, capture_output=True, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("options", ROOTS.values(), ids=ROOTS)
def test_starts(warren, busybox, options):
    if options == ROOTS["pivot"]:
        subprocess.run(["cp", "-a", busybox, busybox.parent / "part"], check=True)
        (busybox.parent / "part").rename(busybox / "mnt/part")
    result = on_shared_mounts(warren, "spawn", "-D", busybox, *options, "echo", "up")
    assert (result.stdout, result.stderr) == (b"up\n", b"")


@pytest.mark.parametrize("ids", ["pick", "no"])
def test_mounts_inside_do_not_come_up_on_the_host(warren, busybox, tmp_path, ids):
    shared = tmp_path / "shared"
    for directory in (shared / "below", busybox / "mnt/below"):
        directory.mkdir(parents=True)
    attack = ("mount -t tmpfs attack /shared/below && mount -t tmpfs attack /mnt/below && "
              "mount -t tmpfs attack /proc/sys && grep -c attack /proc/self/mountinfo")
    result = on_shared_mounts(warren, "spawn", "-D", busybox, f"--private-users={ids}",
                              "--capability=CAP_SYS_ADMIN", f"--bind={shared}:/shared", "sh", "-c", attack,
                              after="grep attack /proc/self/mountinfo")
    assert result.stdout == b"3\n", result.stdout + result.stderr
