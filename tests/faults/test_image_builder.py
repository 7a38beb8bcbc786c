"""The builder of images killed at every call that changes something."""
import json
import os
import signal
import subprocess
import tarfile

import pytest

CALLS = "mkdir mkdirat rename renameat2 unlinkat unlink symlink symlinkat fchmodat fchmod syncfs clone3 flock sendfile write dup2 execve mount".split()


def stored(images):
    return sorted(p.name for p in images.iterdir() if not p.name.startswith((".names", ".archives")))


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", ["busybox", "import"])
def test_killed_at_every_call(warren, busybox, tmp_path, kind, call):
    """What remains is the next one's to remove, or image list's."""
    images = warren.root / "var/lib/warren/images"
    what = ["build", "busybox"] if kind == "busybox" else ["import", busybox / "etc", "a"]
    most = 8 if call == "symlinkat" else 100  # three hundred links are all alike
    for step in range(1, most):
        result = subprocess.run(["strace", "-qq", "-f", "-o", "/dev/null", "-e", f"inject={call}:signal=KILL:when={step}", "--",
                                 *warren.command("image", *what)],
                                env=warren.environment, capture_output=True, timeout=60)
        if result.returncode == 125:  # a helper was hit: warren has cleaned up and says so
            assert result.stderr.startswith(b"warren: ") and result.stderr.count(b"\n") == 1, (step, result.stderr)
            assert not images.exists() or stored(images) == []
        elif result.returncode != 0:
            assert result.returncode in (-signal.SIGKILL, 128 + signal.SIGKILL), (step, result.stderr)
            if step % 2:
                shown = warren.run("image", "list", "--json")
                assert shown.returncode == 0
                assert not images.exists() or stored(images) == [image["id"] for image in json.loads(shown.stdout)], step
        again = warren.run("image", *what)
        assert again.returncode == 0, (step, again.stderr)
        identity = again.stdout.decode().strip()
        assert warren.run("image", "remove", identity).returncode == 0
        assert stored(images) == [], step
        if result.returncode == 0:
            break
