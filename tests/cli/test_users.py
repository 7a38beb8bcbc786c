"""User namespaces: ranges, file systems, ownership."""
import os
import pathlib
import subprocess

import pytest

from harness import WARREN, listing


def id_map(warren, tree, *options):
    inside, outside, count = warren.output(tree, *options, "cat", "/proc/self/uid_map").split()
    assert inside == "0"
    return int(outside), int(count)


def test_pick_is_the_default_and_changes_nothing_on_disk(warren, busybox):
    before = listing(busybox)
    base, count = id_map(warren, busybox)
    assert 524288 <= base < 1878982656 and base % 65536 == 0 and count == 65536
    assert id_map(warren, busybox, "--private-users=pick") == (base, count)
    assert id_map(warren, busybox, "-U") == (base, count)
    assert [entry for entry in listing(busybox) if entry in before] == before


def test_range_is_the_names(warren, busybox):
    one = id_map(warren, busybox, "-M", "one")
    assert id_map(warren, busybox, "-M", "two") != one
    assert id_map(warren, busybox, "-M", "one") == one


def test_taken_range_is_passed_over(warren, busybox):
    base, _ = id_map(warren, busybox, "-M", "one")
    lock = warren.root / "run/warren/id-ranges"
    holder = subprocess.Popen(
        ["/usr/bin/python3", "-c",
         "import fcntl,struct,sys,os,time; f=os.open(sys.argv[1],os.O_RDWR);"
         "fcntl.fcntl(f, 37, struct.pack('hhqqi4x', fcntl.F_WRLCK, 0, int(sys.argv[2]), 1, 0));"
         "print('held', flush=True); time.sleep(60)", str(lock), str(base // 65536)],
        stdout=subprocess.PIPE)
    try:
        assert holder.stdout.readline() == b"held\n"
        other, _ = id_map(warren, busybox, "-M", "one")
        assert other == base + 65536
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    assert id_map(warren, busybox, "-M", "one")[0] == base


def test_fifty_at_once_have_fifty_ranges(warren, busybox):
    children = [warren.start("spawn", "-D", busybox, "-M", f"c{i % 25}-{i // 25}", "sh", "-c",
                             "cat /proc/self/uid_map; cat", stdin=subprocess.PIPE)
                for i in range(50)]
    bases = [int(child.stdout.readline().split()[1]) for child in children]
    assert len(set(bases)) == 50
    for child in children:
        child.stdin.close()
        assert child.wait(timeout=20) == 0


def test_fixed_range(warren, busybox):
    assert id_map(warren, busybox, "--private-users=1000000") == (1000000, 65536)
    assert id_map(warren, busybox, "--private-users=1000000:1001") == (1000000, 1001)
    result = warren.spawn(busybox, "--private-users=1000000:1000", "stat", "-c", "%u", "/home/luser")
    assert result.stdout == b"65534\n"


def test_identity(warren, busybox):
    assert id_map(warren, busybox, "--private-users=identity") == (0, 65536)
    found = warren.report(busybox, "--private-users=identity")
    assert found["namespaces"]["user"] != os.readlink("/proc/self/ns/user")


def test_no(warren, busybox):
    assert id_map(warren, busybox, "--private-users=no") == (0, 4294967295)
    found = warren.report(busybox, "--private-users=no")
    assert found["namespaces"]["user"] == os.readlink("/proc/self/ns/user")
    for name in ("mnt", "pid", "ipc", "uts", "cgroup"):
        assert found["namespaces"][name] != os.readlink(f"/proc/self/ns/{name}")
    own = int(next(line.split()[1] for line in pathlib.Path("/proc/self/status").read_text().splitlines()
                   if line.startswith("CapBnd")), 16)
    assert int(found["status"]["CapEff"], 16) == 0xfdecafff & own


def test_tree_that_was_shifted(warren, busybox):
    subprocess.run(f"find {busybox} -print0 | xargs -0 chown -h 1966080:1966080", shell=True, check=True)
    before = listing(busybox)
    for option in ("pick", "yes"):
        shown = warren.output(busybox, f"--private-users={option}", "sh", "-c",
                              "cat /proc/self/uid_map; stat -c %u /etc/passwd; touch /root/made")
        assert shown.split() == ["0", "1966080", "65536", "0"]
        assert (busybox / "root/made").stat().st_uid == 1966080
        (busybox / "root/made").unlink()
    assert [e for e in listing(busybox) if e in before] == before
    shown = warren.output(busybox, "--private-users=pick", "--private-users-ownership=map", "stat",
                          "-c", "%u", "/etc/passwd")
    assert shown == "65534\n"


def test_chown_is_refused(warren, busybox):
    result = warren.spawn(busybox, "--private-users-ownership=chown", "true")
    assert result.returncode == 125
    assert b"warren never changes the owners of files" in result.stderr


def on_file_system(kind, script_before, warren, tree, *arguments):
    """Copies `tree` to a new file system of `kind` and runs warren on it, all in a mount namespace."""
    script = f"""
        set -e
        work=$(mktemp -d)
        image=$(mktemp)
        trap 'umount -R $work 2>/dev/null; rmdir $work; rm -f $image' EXIT
        {script_before}
        mkdir $work/tree && cp -a {tree}/. $work/tree
        "$@" -D $work/tree {' '.join(map(str, arguments))}
    """
    return subprocess.run(["unshare", "-m", "bash", "-c", script, "bash", WARREN, "spawn", "-M", "fs"],
                          env=warren.environment, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)


FILE_SYSTEMS = {
    "ext4": "truncate -s 64M $image; mkfs.ext4 -q $image; mount -o loop $image $work",
    "xfs": "truncate -s 400M $image; mkfs.xfs -q $image; mount -o loop $image $work",
    "btrfs": "truncate -s 200M $image; mkfs.btrfs -q $image >/dev/null; mount -o loop $image $work",
    "tmpfs": "mount -t tmpfs tmpfs $work",
}


@pytest.mark.parametrize("kind", FILE_SYSTEMS)
def test_pick_on(warren, busybox, kind):
    script = "stat -c %u /etc/passwd /home/luser; touch /made; chown 1000 /made; stat -c %u /made"
    result = on_file_system(kind, FILE_SYSTEMS[kind], warren, busybox, "sh", "-c", f"'{script}'")
    assert result.stdout.split() == [b"0", b"1000", b"1000"], result.stderr.decode()
    result = on_file_system(kind, FILE_SYSTEMS[kind], warren, busybox, "-x", "sh", "-c", f"'{script}'")
    assert result.stdout.split() == [b"0", b"1000", b"1000"], result.stderr.decode()


def test_file_system_that_cannot_be_mapped(warren, busybox):
    overlay = ("mkdir -p $work; mount -t tmpfs tmpfs $work; mkdir $work/l $work/u $work/w $work/m;"
               "mount -t overlay overlay -o lowerdir=$work/l,upperdir=$work/u,workdir=$work/w $work/m;"
               "work=$work/m")
    result = on_file_system("overlay", overlay, warren, busybox, "true")
    assert result.returncode == 125
    assert b"its file system (overlay) cannot be mounted with mapped ids here" in result.stderr
    assert b"--private-users=identity" in result.stderr
    result = on_file_system("overlay", overlay, warren, busybox, "--private-users=identity", "id", "-u")
    assert result.stdout == b"0\n", result.stderr


def test_left_over_mount_in_the_tree_does_no_harm(warren, busybox):
    result = subprocess.run(
        ["unshare", "-m", "sh", "-ec", f'mount -t proc proc {busybox}/proc; exec "$@"', "sh",
         *warren.command("spawn", "-D", busybox, "sh", "-c", "stat -c %u /etc/passwd; echo $$")],
        env=warren.environment, capture_output=True, stdin=subprocess.DEVNULL)
    assert result.stdout == b"0\n1\n", result.stderr


def test_set_id_programs_gain_nothing_outside(warren, busybox, tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir(mode=0o777)
    os.chmod(shared, 0o777)
    warren.output(busybox, f"--bind={shared}:/shared", "sh", "-c",
                  "cp /bin/busybox /shared/trap; chmod 4755 /shared/trap")
    trap = (shared / "trap").stat()
    assert trap.st_uid >= 524288


@pytest.mark.parametrize("owner", ["70000:0", "70000:140000", "4294901760:4294901760", "4294967294:4294967294"])
def test_tree_of_no_range(warren, busybox, owner):
    subprocess.run(["chown", owner, busybox], check=True)
    assert id_map(warren, busybox)[0] >= 524288
    result = warren.spawn(busybox, "--private-users=yes", "true")
    assert result.returncode == 125
    assert result.stderr.startswith(f"warren: user ids of {busybox}: it belongs to {owner}, which ".encode())
    assert result.stderr.endswith(b" (give it an owner, or choose ids with --private-users=pick or BASE)\n")


def test_ids_that_were_picked_cannot_be_asked_for(warren, busybox):
    base, _ = id_map(warren, busybox, "-M", "one")
    running = warren.start("spawn", "-D", busybox, "-M", "one", "sh", "-c", "echo up; cat", stdin=subprocess.PIPE)
    running.stdout.readline()
    for ids in (f"{base}", f"{base + 65535}:2", f"{base - 65536}:131072"):
        result = warren.spawn(busybox, "-M", "two", f"--private-users={ids}", "true")
        assert result.returncode == 125
        assert b": another container has them (choose others with --private-users, or stop it)" in result.stderr
    assert warren.spawn(busybox, "-M", "two", f"--private-users={base + 65536}:1", "true").returncode == 0


def test_ids_that_were_asked_for_are_not_picked(warren, busybox):
    base, _ = id_map(warren, busybox, "-M", "one")
    running = warren.start("spawn", "-D", busybox, "-M", "two", f"--private-users={base - 1}:65536", "sh", "-c",
                           "echo up; cat", stdin=subprocess.PIPE)
    running.stdout.readline()
    assert id_map(warren, busybox, "-M", "one")[0] != base
    assert id_map(warren, busybox, "-M", "three", f"--private-users={base - 1}:65536") == (base - 1, 65536)
