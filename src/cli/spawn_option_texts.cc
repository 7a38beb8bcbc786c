// What docs/man/warren-spawn.1 says about each option: a table of texts, in the order of the
// options in spawn_options.cc. A test keeps the two together.
#include <array>

#include "cli/manual.h"

namespace warren::cli {
namespace {

constexpr auto kTexts = std::to_array<OptionText>({
    {"help", "Shows a line for every option, and exits."},
    {"version",
     "Shows the version, and exits. Called as systemd-nspawn, the line starts with \"systemd "
     "257\", for scripts that test for it."},
    {"quiet", "Does not say which key ends the container. Errors are always said."},
    {"no-pager", "Without effect: warren never starts a pager."},
    {"no-ask-password", "Without effect: warren never asks for a password."},
    {"background", "Without effect: warren never colours the terminal."},
    {"share-system", "Refused: systemd-nspawn has it no more either."},
    {"settings",
     "Whether systemd.nspawn(5) files are read. NAME.nspawn, after the name of --machine or of the "
     "tree, is looked for in /etc/systemd/nspawn and /run/systemd/nspawn, then in the directory "
     "that the tree is in; the first is taken. Each of its keys says what the option of that name "
     "says. yes, the default: where both speak, the command line wins, for a list as a whole. "
     "override: the file wins. trusted: like yes, and a file beside the tree may say anything. no: "
     "none is read.\n"
     "A file beside the tree may have come with it. Unless it is trusted, its settings that give "
     "rights or anything of the host are ignored with a notice: Ephemeral=, Capability=, "
     "AmbientCapability=, MachineID=, PrivateUsers=, PrivateUsersOwnership=, all of Limit, "
     "OOMScoreAdjust=, CPUAffinity=, LinkJournal=, SystemCallFilter= without ~, all mounts, and "
     "all of [Network]. With override it replaces no restriction of the command line either."},
    {"cleanup",
     "Removes what a container of this name left behind when its warren was killed: processes, the "
     "cgroup, temporary directories, and mount points that were made in the tree. Then it exits. A "
     "start of the same name does the same first, so this is needed only when none follows. Fails "
     "when the container is running."},
    {"directory",
     "The root tree: a directory that the container sees as /. The default is the tree that "
     "--machine names, and without that the current directory. Any number of containers may use "
     "one tree at the same time: they see each other's changes to files, not each other's "
     "processes. The host's own root, /, is taken only with --ephemeral or --volatile."},
    {"template",
     "Makes the root tree as a copy of this directory when it does not exist yet; otherwise it is "
     "left as it is. A btrfs subvolume is copied as a snapshot; elsewhere cp(1) copies, sharing "
     "the blocks of files where the file system can. Host name and machine id are copied too. Not "
     "with --ephemeral."},
    {"ephemeral",
     "Keeps all changes to the tree in a layer of its own (overlayfs) that is removed at the end. "
     "The tree is never copied, so a start takes as long as without. Without --machine the name "
     "gets a random end."},
    {"image",
     "Not supported yet: disk images. Unpack the image, or mount it, and use --directory."},
    {"image-policy", "Not supported yet: see --image."},
    {"root-hash", "Not supported yet: see --image."},
    {"root-hash-sig", "Not supported yet: see --image."},
    {"verity-data", "Not supported yet: see --image."},
    {"mstack", "Not supported yet: stacks of layers. Use --overlay."},
    {"oci-bundle",
     "Not supported yet: OCI runtime bundles. Use --directory with the bundle's root file system."},
    {"read-only",
     "Mounts the tree read-only. /run, /tmp and /dev stay writable, and what is mounted with "
     "--bind, --tmpfs and --overlay is as these say."},
    {"volatile",
     "Throws changes away. yes (also without a value): an empty root in memory that shows only "
     "/usr of the tree, read-only; the tree must have a merged /usr. state: the tree is read-only "
     "but for an empty /var in memory. overlay: the whole tree can be changed, and the changes are "
     "kept in memory. no: the default."},
    {"pivot-root",
     "Makes the directory NEW of the tree the root. With OLD the whole tree is shown at OLD, a "
     "directory below NEW. Both are absolute paths inside."},
    {"as-pid2",
     "Runs the command as process 2. Process 1 is a small init of warren's own: it reaps "
     "processes, passes signals on, and ends with the command's exit status. SIGRTMIN+3, +4, +13 "
     "and +14 make it ask the command to end; SIGINT, SIGRTMIN+5, +6, +15 and +16 do the same and "
     "then start the container again. Not with --boot."},
    {"boot",
     "Runs the tree's own init as process 1. It is the first that exists of /sbin/init, "
     "/usr/lib/systemd/systemd, /lib/systemd/systemd and /init. What follows the options becomes "
     "its arguments. It is asked to end with SIGRTMIN+3, unless --kill-signal says otherwise. It "
     "always has a console."},
    {"chdir",
     "The working directory, an absolute path inside. It must exist. The default is /, for a login "
     "shell the user's home."},
    {"setenv",
     "Sets a variable in the environment of the first program. It wins over the variables that "
     "warren sets. Without =VALUE it has the caller's value. No other variable of the caller's but "
     "TERM is passed on."},
    {"user",
     "Runs the command as this user, a name or a number. The name, the groups and the home are "
     "looked up in the container's own /etc/passwd and /etc/group, also where a bind mount shows "
     "other ones. A number needs no entry."},
    {"uid", "Another name of --user, which newer versions of systemd-nspawn have."},
    {"kill-signal",
     "The signal that asks process 1 to end when warren gets SIGTERM, SIGINT, SIGQUIT or SIGHUP: a "
     "name as SIGTERM, TERM or RTMIN+3, or a number. The default is SIGRTMIN+3 with --boot, else "
     "SIGTERM if process 1 listens to it, and SIGKILL if it does not. A second signal to warren "
     "kills the container."},
    {"notify-ready",
     "When warren tells its own service manager ($NOTIFY_SOCKET) that it is ready. no, the "
     "default: when the first program has been executed. yes: when process 1 has sent READY=1 to "
     "the socket that $NOTIFY_SOCKET inside names. What other processes inside send is not "
     "believed."},
    {"suppress-sync",
     "Lets sync(2), fsync(2), fdatasync(2), syncfs(2), msync(2) and sync_file_range(2) succeed "
     "without doing anything, refuses to open files with O_SYNC or O_DSYNC, and hides openat2(2). "
     "Faster for what may be lost, such as a build."},
    {"machine",
     "The name of the container on this host: 1 to 64 letters, digits, -, _ and single dots. One "
     "container of a name runs at a time. The default is the last part of the tree's path; when "
     "that is in use, another one like it. Without --directory the name also says where the tree "
     "is: in /etc/machines, /run/machines, /var/lib/machines, /var/lib/container, "
     "/usr/local/lib/machines or /usr/lib/machines."},
    {"hostname", "The host name inside. The default is the name of the container."},
    {"uuid",
     "The machine id, $container_uuid inside, when the tree has none in /etc/machine-id. The "
     "default is a random one."},
    {"private-users",
     "The user and group ids that the container's ids are on the host. pick, the default: 65536 "
     "that nobody else has, the same ones for a name as long as they are free. BASE[:COUNT]: "
     "these. yes, and no value: those that own the root tree. identity: 0 to 65535 are the host's "
     "own, in a user namespace, which isolates less. no: no user namespace; then root inside is "
     "root of the host and little holds it.\nFiles of the tree get these ids by an id-mapped "
     "mount: nothing on disk is changed."},
    {"private-users-ownership",
     "auto, the default, and map: the tree's ids on disk start at 0 and are mapped. With pick, "
     "auto takes a tree whose root belongs to a container's range already as it is. off: the tree "
     "belongs to the range already. warren never changes owners on disk, so chown is refused."},
    {"private-users-chown", "Refused: warren never changes the owners of files."},
    {"-U", "The same as --private-users=pick, which is the default."},
    {"private-network",
     "A network namespace of its own that has a loopback interface and nothing else. Sockets that "
     "were passed in go on working. The container gets CAP_NET_ADMIN, which counts in that "
     "namespace only."},
    {"network-namespace-path",
     "Joins this network namespace, such as one of ip-netns(8) in /run/netns. Not with "
     "--private-network."},
    {"network-veth",
     "A network of its own with a pair of interfaces: host0 inside, ve-NAME on the host, both up "
     "and without an address. Names longer than the kernel takes are cut and end in a hash; the "
     "full one is an alternative name. Ethernet addresses are the same at every start."},
    {"network-veth-extra",
     "One more pair, called HOST on the host and INSIDE, or HOST again, in the container. Can be "
     "given more than once."},
    {"network-bridge",
     "-n with the host's end called vb-NAME, as a port of this bridge, which must be there. "
     "Containers on one bridge have each other's names in /etc/hosts, which is a file above the "
     "tree's."},
    {"network-zone",
     "-n with the host's end called vb-NAME, as a port of the bridge vz-NAME. The zone's first "
     "container makes it, the last one to end removes it. Names are as with --network-bridge."},
    {"network-interface",
     "Moves this interface of the host's into the container, where it is called INSIDE. It comes "
     "back under its name at the end, however that comes, and is up again if it was."},
    {"network-macvlan",
     "A macvlan in bridge mode on this interface of the host's, called INSIDE or mv-HOST in the "
     "container."},
    {"network-ipvlan",
     "An ipvlan in mode L2 on this interface of the host's, called INSIDE or iv-HOST in the "
     "container."},
    {"port",
     "A port of the host that leads into the container, by default to the same one and for TCP: "
     "tcp:8080:80, udp:53. Can be given more than once. It needs a pair of interfaces (-n, "
     "--network-bridge, --network-zone, --network-veth-extra) and leads to the first one's address "
     "inside, as soon as that has one that the host reaches, and as long. With -n the host itself "
     "reaches it by 127.0.0.1 and ::1, too. A port that is in use is refused."},
    {"capability",
     "Adds capabilities(7) to those that the container may have: names with or without CAP_, "
     "numbers, or all. Without a user namespace that is the host's own right. Some also allow "
     "system calls: CAP_SYS_TIME, CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_SYS_PACCT, CAP_SYSLOG, "
     "CAP_BPF and CAP_PERFMON."},
    {"drop-capability", "Takes capabilities away, also ones that another option adds."},
    {"ambient-capability",
     "Gives the command capabilities that it keeps as whatever user it runs. Not with --boot."},
    {"no-new-privileges",
     "Sets no_new_privs (prctl(2)): no program inside gains rights by set-user-id bits or file "
     "capabilities. The default is no."},
    {"system-call-filter",
     "Allows more system calls, or with ~ in front fewer: names and @groups as in systemd.exec(5). "
     "May be given several times; what one refuses no other allows. Calls that are not allowed "
     "fail with EPERM, calls that warren does not know with ENOSYS."},
    {"seccomp",
     "With no the payload may make every system call, as far as its capabilities let it. The "
     "default is yes. This weakens the container."},
    {"nesting",
     "Containers can be made inside, by warren, podman and others. The container gets sixteen "
     "ranges of user ids where it picks them (those from 65536 on are for containers inside), "
     "kernel keyrings, and /proc and /sys once more with nothing hidden, below /run/host/nesting, "
     "without which the kernel lets nobody inside mount these. This weakens the container."},
    {"selinux-context", "Not supported yet: SELinux labels."},
    {"selinux-apifs-context", "Not supported yet: SELinux labels."},
    {"rlimit",
     "Sets a limit of setrlimit(2), such as NOFILE=1024:4096: numbers with K, M, G or T, or "
     "infinity. One value sets both. The other limits are those that the kernel gives its first "
     "process, not the caller's."},
    {"oom-score-adjust",
     "A number from -1000 to 1000: the higher, the sooner the kernel kills the container when "
     "memory is short."},
    {"cpu-affinity", "The processors that it may run on: numbers and ranges as in 0-3,6."},
    {"personality",
     "What uname(2) says the machine is. A tree with 32-bit programs gets x86 by itself."},
    {"slice",
     "Not supported yet: unit properties. Set them on the unit that starts warren, with "
     "--keep-unit."},
    {"property", "Not supported yet: see --slice."},
    {"register", "Without effect: warren does not talk to systemd-machined. It takes a boolean."},
    {"keep-unit",
     "For warren as a service: the container's cgroup is made in warren's own, and a reboot inside "
     "ends warren with status 133, for the service manager to start it again, instead of starting "
     "the container again itself. A program's own status 133 becomes 1."},
    {"bind",
     "Shows a file or directory of the host, SOURCE, at TARGET inside; the same path without "
     "TARGET. A SOURCE that starts with + is inside the tree. An empty one is a new directory that "
     "is removed at the end. A colon in a path is written \\:. What is missing of TARGET is made, "
     "and taken away at the end where it is empty.\nOptions: rbind (the default) with what is "
     "mounted below SOURCE, norbind without. Who owns the files inside: noidmap (the default), "
     "nobody, as the host's ids mean nothing there; idmap, the same ids as on the host, so that "
     "root inside writes files of the host's root; rootidmap, SOURCE's owner is root inside; "
     "owneridmap, SOURCE's owner is the owner of TARGET."},
    {"bind-ro",
     "The same, read-only with all that is mounted below. With a user namespace nobody inside can "
     "make it writable."},
    {"inaccessible",
     "Hides a file or directory of the tree behind an empty one that nobody can open."},
    {"tmpfs",
     "Mounts an empty file system in memory at TARGET, with options of mount(8) such as "
     "size=10M,mode=1777. The default is mode=0755,nosuid,nodev."},
    {"overlay",
     "Shows directories on top of each other at TARGET, the lowest first; changes go to UPPER. "
     "Without TARGET it is where UPPER is. Each may be +/PATH for one inside, or empty for a new "
     "one. A work directory is made beside UPPER, and removed at the end."},
    {"overlay-ro", "The same, read-only: no directory is changed."},
    {"bind-user", "Not supported yet. Bind the home with --bind and :owneridmap."},
    {"bind-user-shell", "Not supported yet: see --bind-user."},
    {"bind-user-group", "Not supported yet: see --bind-user."},
    {"resolv-conf",
     "Where /etc/resolv.conf comes from. copy-host, copy-static, copy-uplink and copy-stub copy "
     "the host's, systemd's static one, or systemd-resolved's two into the tree, unless the tree "
     "has a symbolic link there. replace-… do it in any case. bind-… show the file in place, "
     "read-only. delete removes it, off leaves it. auto, the default: off with a network of its "
     "own; otherwise copy-stub where systemd-resolved runs and copy-host elsewhere, or bind in "
     "place of copy where the tree is read-only."},
    {"timezone",
     "Where /etc/localtime comes from. symlink: to the host's zone, if the tree has it. copy, "
     "bind: the host's file. delete removes it, off leaves it. auto, the default: symlink, or copy "
     "where the host's zone has no name; bind where the tree is read-only; delete where the host "
     "has none."},
    {"link-journal",
     "no, auto, try-host and try-guest are taken and do nothing; host and guest are refused. Read "
     "a journal inside with journalctl --directory."},
    {"-j", "The same as --link-journal=try-guest."},
    {"set-credential",
     "Passes a secret: the file ID in $CREDENTIALS_DIRECTORY inside, in memory that is never "
     "swapped out, readable for the user of --user and for root. VALUE may have C escapes such as "
     "\\n. Others on the host see it on the command "
     "line: prefer --load-credential."},
    {"load-credential",
     "Passes a secret from a file, or from a stream socket, which has ten seconds to send it and "
     "to "
     "close: at most 1 MiB. A relative PATH is looked for in "
     "$CREDENTIALS_DIRECTORY if that is set."},
    {"console",
     "What the standard streams of the first program are. interactive: a terminal of the "
     "container's own, connected both ways; ^] pressed three times within a second kills the "
     "container. read-only: the same, but nothing is sent in. passive: a terminal that nobody "
     "serves. pipe: the caller's streams as they are. autopipe: interactive on a terminal, else "
     "pipe.\nThe default is interactive on a terminal. Elsewhere a command gets pipe, and --boot "
     "read-only."},
    {"pipe", "The same as --console=pipe."},
});

}  // namespace

std::span<const OptionText> spawn_option_texts() { return kTexts; }

}  // namespace warren::cli
