// The floor: a program that makes the system calls which a container of warren's shape needs, and
// nothing else. No options, no checks of what it finds, no state, no messages, nothing undone.
//
//   floor ROOT HOSTNAME private|host PROGRAM [ARG…]
//
// It ends where warren ends: user, mount, pid, ipc, uts, cgroup and, with `private`, network
// namespaces; the root with mapped ids; /proc, /sys, /dev, /run, /tmp and /run/host with the same
// nodes, links, masks and locks; a cgroup of its own; the capability set and the call filter.
#include <fcntl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "confine/syscall_filter.h"

namespace {

constexpr unsigned kBase = 655360;
constexpr unsigned kInert = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
constexpr unsigned long kCapabilities = 0xfdecafff;

long must(long result, const char* what) {
  if (result < 0) {
    std::perror(what);
    _exit(125);
  }
  return result;
}
#define MUST(call) must(call, #call)

int file_system(const char* type, unsigned attributes, const char* const* options) {
  const int context = static_cast<int>(MUST(fsopen(type, FSOPEN_CLOEXEC)));
  for (; options != nullptr && *options != nullptr; options += 2) {
    MUST(fsconfig(context, FSCONFIG_SET_STRING, options[0], options[1], 0));
  }
  MUST(fsconfig(context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0));
  const int mount = static_cast<int>(MUST(fsmount(context, FSMOUNT_CLOEXEC, attributes)));
  close(context);
  return mount;
}

void attach(int mount, const char* path) {
  MUST(move_mount(mount, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH));
  close(mount);
}

void tmpfs(const char* path, unsigned attributes, const char* mode, const char* size) {
  const char* options[] = {"mode", mode, "size", size, nullptr};
  attach(file_system("tmpfs", attributes, options), path);
}

void write_text(int directory, const char* path, const char* text) {
  const int fd =
      static_cast<int>(MUST(openat(directory, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0444)));
  MUST(write(fd, text, std::strlen(text)));
  close(fd);
}

void cover(const char* from, const char* path, unsigned attributes) {
  const int copy = open_tree(AT_FDCWD, from, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
  if (copy < 0) {
    return;
  }
  mount_attr change = {};
  change.attr_set = attributes;
  MUST(mount_setattr(copy, "", AT_EMPTY_PATH, &change, sizeof change));
  if (move_mount(copy, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH) < 0) {
    // The kernel was built without it.
  }
  close(copy);
}

struct Views {
  int child;
  int mounts[4];
};

/// Runs in the container's pid namespace, with memory and descriptors of the caller.
int collect(void* argument) {
  Views& views = *static_cast<Views*>(argument);
  MUST(setns(views.child, CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP));
  const char* types[] = {"proc", "sysfs", "cgroup2", "mqueue"};
  for (int i = 0; i < 4; ++i) {
    views.mounts[i] = file_system(types[i], kInert, nullptr);
  }
  return 0;
}

[[noreturn]] void payload(int link, const char* hostname, bool isolated, char** program) {
  char byte = 0;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  MUST(read(link, &byte, 1));
  MUST(syscall(SYS_setresgid, 0, 0, 0));
  MUST(syscall(SYS_setgroups, 0, nullptr));
  MUST(syscall(SYS_setresuid, 0, 0, 0));
  MUST(unshare(CLONE_NEWNS));
  mount_attr shared = {};
  shared.propagation = MS_SHARED;
  MUST(mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &shared, sizeof shared));
  MUST(sethostname(hostname, std::strlen(hostname)));
  if (isolated) {
    const int socket = static_cast<int>(MUST(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)));
    ifreq request = {};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP;
    MUST(ioctl(socket, SIOCSIFFLAGS, &request));
    close(socket);
  }
  MUST(setsid());
  for (unsigned number = 0; number < 41; ++number) {
    if ((kCapabilities >> number & 1) == 0) {
      MUST(prctl(PR_CAPBSET_DROP, number));
    }
  }
  MUST(chdir("/"));
  const auto filter = warren::confine::SyscallFilter().program();
  const sock_fprog loaded = {static_cast<unsigned short>(filter.size()),
                             const_cast<sock_filter*>(filter.data())};
  MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &loaded));
  char* environment[] = {const_cast<char*>("PATH=/bin"), nullptr};
  execve(program[0], program, environment);
  _exit(127);
}

void make_devices() {
  tmpfs("/dev", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, "0755", "4m");
  const struct {
    const char* name;
    unsigned major, minor;
  } nodes[] = {{"null", 1, 3},   {"zero", 1, 5},    {"full", 1, 7},
               {"random", 1, 8}, {"urandom", 1, 9}, {"tty", 5, 0}};
  MUST(mkdir("/dev/char", 0755));
  for (const auto& node : nodes) {
    char path[64];
    char target[64];
    std::snprintf(path, sizeof path, "/dev/%s", node.name);
    MUST(mknod(path, S_IFCHR | 0666, makedev(node.major, node.minor)));
    std::snprintf(path, sizeof path, "/dev/char/%u:%u", node.major, node.minor);
    std::snprintf(target, sizeof target, "../%s", node.name);
    MUST(symlink(target, path));
  }
  const char* links[][2] = {{"/proc/self/fd", "/dev/fd"},       {"/proc/self/fd/0", "/dev/stdin"},
                            {"/proc/self/fd/1", "/dev/stdout"}, {"/proc/self/fd/2", "/dev/stderr"},
                            {"/proc/kcore", "/dev/core"},       {"pts/ptmx", "/dev/ptmx"}};
  for (const auto& link : links) {
    MUST(symlink(link[0], link[1]));
  }
  for (const char* directory : {"/dev/pts", "/dev/shm", "/dev/mqueue"}) {
    MUST(mkdir(directory, 0755));
  }
  const char* options[] = {"gid", "655365", "mode", "620", "ptmxmode", "666", nullptr};
  attach(file_system("devpts", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, options), "/dev/pts");
  tmpfs("/dev/shm", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, "1777", "50%");
}

void make_run() {
  tmpfs("/run", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, "0755", "20%");
  tmpfs("/tmp", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV, "1777", "10%");
  MUST(mkdir("/run/host", 0755));
  tmpfs("/run/host", kInert, "0755", "4m");
  write_text(AT_FDCWD, "/run/host/container-manager", "floor\n");
  write_text(AT_FDCWD, "/run/host/container-uuid", "00000000-0000-4000-8000-000000000000\n");
  write_text(AT_FDCWD, "/run/host/os-release", "ID=floor\n");
  write_text(AT_FDCWD, "/run/host/.boot-id", "00000000-0000-4000-8000-000000000000\n");
  MUST(mkdir("/run/host/inaccessible", 0755));
  const struct {
    const char* path;
    mode_t type;
  } nodes[] = {{"/run/host/inaccessible/reg", S_IFREG},
               {"/run/host/inaccessible/fifo", S_IFIFO},
               {"/run/host/inaccessible/sock", S_IFSOCK},
               {"/run/host/inaccessible/chr", S_IFCHR},
               {"/run/host/inaccessible/blk", S_IFBLK}};
  for (const auto& node : nodes) {
    MUST(mknod(node.path, node.type, 0));
  }
  MUST(mkdir("/run/host/inaccessible/dir", 0));
  const int socket = static_cast<int>(MUST(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strcpy(address.sun_path, "/run/host/notify");
  MUST(bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address));
}

void make_masks(bool isolated) {
  for (const char* path : {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys"}) {
    cover(path, path, MOUNT_ATTR_RDONLY);
  }
  if (isolated) {
    cover("/proc/sys/net", "/proc/sys/net", 0);
  }
  for (const char* path :
       {"/proc/kallsyms", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/sched_debug",
        "/proc/sysrq-trigger", "/proc/timer_list", "/proc/timer_stats"}) {
    cover("/run/host/inaccessible/reg", path, MOUNT_ATTR_RDONLY);
  }
  for (const char* path : {"/proc/acpi", "/proc/asound", "/proc/scsi", "/sys/firmware",
                           "/sys/devices/virtual/powercap"}) {
    cover("/run/host/inaccessible/dir", path, MOUNT_ATTR_RDONLY);
  }
  cover("/run/host/inaccessible/fifo", "/proc/kmsg", 0);
  cover("/run/host/.boot-id", "/proc/sys/kernel/random/boot_id", MOUNT_ATTR_RDONLY);
  cover("/run/host", "/run/host", MOUNT_ATTR_RDONLY);
}

void write_map(pid_t pid, const char* file) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
  write_text(AT_FDCWD, path, "0 655360 65536");
}

}  // namespace

int main(int count, char** words) {
  if (count < 5) {
    return 2;
  }
  const bool isolated = std::strcmp(words[3], "private") == 0;
  signal(SIGPIPE, SIG_IGN);
  int hierarchy = open("/sys/fs/cgroup/unified", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (hierarchy < 0) {
    hierarchy = static_cast<int>(MUST(open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  }
  MUST(mkdirat(hierarchy, "floor", 0755));
  const int cgroup =
      static_cast<int>(MUST(openat(hierarchy, "floor", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  for (const char* file : {"", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads"}) {
    MUST(fchownat(cgroup, file, kBase, kBase, *file == 0 ? AT_EMPTY_PATH : 0));
  }
  const int home = static_cast<int>(MUST(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC)));
  const int pids = static_cast<int>(MUST(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC)));
  const int root = static_cast<int>(
      MUST(open_tree(AT_FDCWD, words[1], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE)));
  int link[2];
  MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link));
  MUST(unshare(CLONE_NEWNS));
  mount_attr change = {};
  change.propagation = MS_PRIVATE;
  MUST(mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &change, sizeof change));

  int pid_fd = -1;
  clone_args arguments = {};
  arguments.flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP |
                    CLONE_PIDFD | CLONE_INTO_CGROUP | (isolated ? CLONE_NEWNET : 0);
  arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pid_fd);
  arguments.exit_signal = SIGCHLD;
  arguments.cgroup = static_cast<std::uint64_t>(cgroup);
  const pid_t child = static_cast<pid_t>(MUST(syscall(SYS_clone3, &arguments, sizeof arguments)));
  if (child == 0) {
    close(link[0]);
    payload(link[1], words[2], isolated, words + 4);
  }
  close(link[1]);
  write_map(child, "uid_map");
  write_map(child, "gid_map");
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/ns/user", child);
  const int user = static_cast<int>(MUST(open(path, O_RDONLY | O_CLOEXEC)));

  static char stack[16384] __attribute__((aligned(16)));
  Views views = {.child = pid_fd, .mounts = {}};
  MUST(setns(pid_fd, CLONE_NEWPID));
  const int collector = static_cast<int>(MUST(clone(
      collect, stack + sizeof stack, CLONE_VM | CLONE_VFORK | CLONE_FILES | SIGCHLD, &views)));
  MUST(waitpid(collector, nullptr, 0));
  MUST(setns(pids, CLONE_NEWPID));

  change = {};
  change.attr_set = MOUNT_ATTR_IDMAP;
  change.userns_fd = static_cast<std::uint64_t>(user);
  MUST(mount_setattr(root, "", AT_EMPTY_PATH | AT_RECURSIVE, &change, sizeof change));
  MUST(move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH));
  MUST(fchdir(root));
  MUST(syscall(SYS_pivot_root, ".", "."));
  MUST(umount2("/", MNT_DETACH));
  prctl(PR_SET_SECUREBITS, SECBIT_NO_SETUID_FIXUP);
  setfsuid(kBase);
  setfsgid(kBase);
  umask(0);

  attach(views.mounts[0], "/proc");
  change = {};
  change.attr_set = MOUNT_ATTR_RDONLY;
  MUST(mount_setattr(views.mounts[1], "", AT_EMPTY_PATH, &change, sizeof change));
  attach(views.mounts[1], "/sys");
  attach(views.mounts[2], "/sys/fs/cgroup");
  make_devices();
  attach(views.mounts[3], "/dev/mqueue");
  make_run();
  make_masks(isolated);

  MUST(write(link[0], "T", 1));
  char byte = 0;
  MUST(read(link[0], &byte, 1));
  MUST(setns(home, CLONE_NEWNS));
  siginfo_t info = {};
  MUST(waitid(P_PIDFD, static_cast<id_t>(pid_fd), &info, WEXITED));
  MUST(unlinkat(hierarchy, "floor", AT_REMOVEDIR));
  return info.si_status;
}
