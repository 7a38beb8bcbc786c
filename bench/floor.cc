// The floor: a program that makes the system calls which a container of warren's shape needs, and
// nothing else. No options, no checks of what it finds, no state, no messages, nothing undone.
//
//   floor [-n] [-v] [-a] [-2] [-c] [-r CGROUP] [-x SCRATCH] ROOT HOSTNAME PROGRAM [ARG…]
//   floor -e PID PROGRAM [ARG…]
//
//   -n  with the host's network       -2  with a process 1 that reaps, the program as process 2
//   -v  with a pair of interfaces     -a  with addresses on it, routes and a port that leads inside
//   -c  with a console                -x  with a layer in SCRATCH over the root, gone afterwards
//   -r  returns once something inside writes to /run/host/ready, and stays with the container in
//       the background; its layer and CGROUP are left to who kills it
//   -e  in the container whose process 1 is PID: its namespaces, and no more
//
// It ends where warren ends: user, mount, pid, ipc, uts, cgroup and network namespaces; the root
// with mapped ids; /proc, /sys, /dev, /run, /tmp and /run/host with the same nodes, links, masks
// and locks; a cgroup and a keyring of its own; the capability set and the call filter. run.py
// compares what a program sees in both and fails when it differs.
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "confine/syscall_filter.h"
#include "floor_calls.h"
#include "floor_network.h"
#include "floor_tree.h"

namespace bench {
namespace {

constexpr unsigned long kCapabilities = 0xfdecbfff;
constexpr unsigned long kNetAdmin = 1UL << CAP_NET_ADMIN;  // with an own network only

/// Runs in the container's pid namespace, with memory and descriptors of the caller, which goes on.
int collect(void* argument) {
  Views& views = *static_cast<Views*>(argument);
  MUST(setns(views.child, CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP));
  const char* types[] = {"proc", "sysfs", "cgroup2", "mqueue"};
  for (int i = 0; i < 4; ++i) {
    views.mounts[i] = file_system(types[i], kInert, nullptr);
  }
  return 0;
}

void raise_loopback() {
  const int socket = static_cast<int>(MUST(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)));
  ifreq request = {};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  MUST(ioctl(socket, SIOCSIFFLAGS, &request));
  close(socket);
}

void take_console() {
  const int console = static_cast<int>(MUST(open("/dev/console", O_RDWR | O_NOCTTY | O_CLOEXEC)));
  MUST(ioctl(console, TIOCSCTTY, 0));
  for (const int stream : {0, 1, 2}) {
    MUST(dup2(console, stream));
  }
  close(console);
}

/// Stays as process 1 until process 2, which goes on, has ended.
void start_init() {
  const pid_t program = static_cast<pid_t>(MUST(fork()));
  if (program == 0) {
    return;
  }
  int status = 0;
  while (wait(&status) != program) {
  }
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/// What a payload needs and the root tree has no part in.
void prepare(const char* hostname, const Shape& shape) {
  MUST(sethostname(hostname, std::strlen(hostname)));
  if (shape.own_network) {
    raise_loopback();
  }
  MUST(setsid());
  umask(022);
  const unsigned long kept = shape.own_network ? kCapabilities : kCapabilities & ~kNetAdmin;
  for (unsigned number = 0; number <= CAP_LAST_CAP; ++number) {
    if ((kept >> number & 1) == 0) {
      MUST(prctl(PR_CAPBSET_DROP, number));
    }
  }
  signal(SIGPIPE, SIG_DFL);
  const auto filter = warren::confine::SyscallFilter().program();
  const sock_fprog loaded = {static_cast<unsigned short>(filter.size()),
                             const_cast<sock_filter*>(filter.data())};
  MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &loaded));
}

[[noreturn]] void payload(int link, const char* hostname, const Shape& shape, char** program) {
  char byte = 'N';
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (shape.own_network) {
    MUST(unshare(CLONE_NEWNET));
  }
  MUST(write(link, &byte, 1));
  prepare(hostname, shape);  // while the tree is built
  MUST(read(link, &byte, 1));
  MUST(syscall(SYS_setresgid, 0, 0, 0));
  MUST(syscall(SYS_setgroups, 0, nullptr));
  MUST(syscall(SYS_setresuid, 0, 0, 0));
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // the new user took it away
  MUST(unshare(CLONE_NEWNS));
  mount_attr shared = {};
  shared.propagation = MS_SHARED;
  MUST(mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &shared, sizeof shared));
  if (shape.console) {
    take_console();
  }
  MUST(syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC));
  MUST(chdir("/"));
  char* environment[] = {const_cast<char*>("PATH=/bin:/sbin"), nullptr};
  if (shape.under_init) {
    start_init();
  }
  execve(program[0], program, environment);
  _exit(127);
}

void write_map(pid_t pid, const char* file) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
  write_text(AT_FDCWD, path, "0 655360 65536");
}

int map_ids(pid_t child) {
  write_map(child, "uid_map");
  write_map(child, "gid_map");
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/ns/user", child);
  return static_cast<int>(MUST(open(path, O_RDONLY | O_CLOEXEC)));
}

/// The process that makes the views.
int start_collector(Views& views, int own_pids) {
  static char stack[16384] __attribute__((aligned(16)));
  MUST(setns(views.child, CLONE_NEWPID));
  const int collector = static_cast<int>(
      MUST(clone(collect, stack + sizeof stack, CLONE_VM | CLONE_FILES | SIGCHLD, &views)));
  MUST(setns(own_pids, CLONE_NEWPID));
  return collector;
}

/// Copies of the scratch directory and the root become the layers of a new root.
int make_overlay(int root, int scratch) {
  char lower[32];
  char upper[32];
  char work[32];
  std::snprintf(lower, sizeof lower, "/proc/self/fd/%d", root);
  std::snprintf(upper, sizeof upper, "/proc/self/fd/%d/upper", scratch);
  std::snprintf(work, sizeof work, "/proc/self/fd/%d/work", scratch);
  MUST(move_mount(root, "", AT_FDCWD, "/dev", MOVE_MOUNT_F_EMPTY_PATH));
  MUST(move_mount(scratch, "", AT_FDCWD, "/dev", MOVE_MOUNT_F_EMPTY_PATH));
  const char* options[] = {"lowerdir", lower,      "upperdir", upper,  "workdir",
                           work,       "volatile", nullptr,    nullptr};
  return file_system("overlay", MOUNT_ATTR_NODEV, options);
}

int open_scratch(const char* path) {
  MUST(mkdir(path, 0700));
  const int directory = static_cast<int>(MUST(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  for (const char* name : {"upper", "work"}) {
    MUST(mkdirat(directory, name, 0755));
    MUST(fchownat(directory, name, kBase, kBase, 0));
  }
  close(directory);
  return static_cast<int>(MUST(open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)));
}

/// Takes away what the kernel leaves in an overlay's layer in which nothing was changed.
void remove_scratch(const char* path) {
  MUST(chdir(path));
  MUST(unlink("work/work/incompat/volatile/dirty"));
  for (const char* name :
       {"upper", "work/work/incompat/volatile", "work/work/incompat", "work/work", "work"}) {
    MUST(rmdir(name));
  }
  MUST(rmdir(path));
}

/// The host's tree stays over the root until it is taken away.
void enter(int root) {
  MUST(move_mount(root, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH));
  MUST(fchdir(root));
  MUST(syscall(SYS_pivot_root, ".", "."));
}

/// Copies what the console says to standard output until the child has ended.
void show_console(int master, int child) {
  pollfd watched[] = {{.fd = child, .events = POLLIN, .revents = 0},
                      {.fd = master, .events = POLLIN, .revents = 0}};
  char buffer[4096];
  while (poll(watched, 2, -1) > 0 && (watched[0].revents & POLLIN) == 0) {
    const auto length = read(master, buffer, sizeof buffer);
    if (length > 0) {
      (void)!write(STDOUT_FILENO, buffer, static_cast<std::size_t>(length));
    } else {
      watched[1].fd = -1;
    }
  }
}

int open_cgroup(int hierarchy, const char* name) {
  MUST(mkdirat(hierarchy, name, 0755));
  const int cgroup =
      static_cast<int>(MUST(openat(hierarchy, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  for (const char* file : {"", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads"}) {
    MUST(fchownat(cgroup, file, kBase, kBase, *file == 0 ? AT_EMPTY_PATH : 0));
  }
  return cgroup;
}

/// Returns in the process that stays; the caller's ends when the container is ready, or fails.
int leave_caller() {
  int link[2];
  MUST(pipe2(link, O_CLOEXEC));
  if (MUST(fork()) == 0) {
    close(link[0]);
    MUST(setsid());
    return link[1];
  }
  close(link[1]);
  char byte = 0;
  _exit(read(link[0], &byte, 1) == 1 ? 0 : 1);
}

void announce(int ready, int caller) {
  pollfd watched = {.fd = ready, .events = POLLIN, .revents = 0};
  MUST(poll(&watched, 1, -1));
  MUST(write(caller, "R", 1));
  close(caller);
  close(ready);
  const int nowhere = static_cast<int>(MUST(open("/dev/null", O_RDWR | O_CLOEXEC)));
  for (const int stream : {0, 1, 2}) {
    MUST(dup2(nowhere, stream));
  }
}

int enter_container(char** words) {
  const int leader = static_cast<int>(MUST(syscall(SYS_pidfd_open, std::atoi(words[0]), 0)));
  MUST(setns(leader, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
                         CLONE_NEWNET | CLONE_NEWCGROUP));
  const pid_t child = static_cast<pid_t>(MUST(fork()));
  if (child == 0) {
    MUST(execv(words[1], words + 1));
  }
  int status = 0;
  MUST(waitpid(child, &status, 0));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int wait_for_end(int child, int console) {
  if (console >= 0) {
    show_console(console, child);
  }
  siginfo_t info = {};
  MUST(waitid(P_PIDFD, static_cast<id_t>(child), &info, WEXITED));
  // Process 1 of a namespace ends by SIGINT when it asks for power off.
  return info.si_code == CLD_KILLED ? (info.si_status == SIGINT ? 0 : 128 + info.si_status)
                                    : info.si_status;
}

Shape read_shape(int count, char** words) {
  Shape shape;
  for (int option = 0; (option = getopt(count, words, "+nva2cr:x:")) != -1;) {
    shape.own_network &= option != 'n';
    shape.pair |= option == 'v' || option == 'a';
    shape.addresses |= option == 'a';
    shape.under_init |= option == '2';
    shape.console |= option == 'c';
    shape.stays = option == 'r' ? optarg : shape.stays;
    shape.scratch = option == 'x' ? optarg : shape.scratch;
  }
  shape.tunnels = shape.own_network && access("/dev/net/tun", F_OK) == 0;
  return shape;
}

pid_t clone_child(int cgroup, int& pid_fd) {
  clone_args arguments = {};
  arguments.flags = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP |
                    CLONE_PIDFD | CLONE_INTO_CGROUP;
  arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pid_fd);
  arguments.exit_signal = SIGCHLD;
  arguments.cgroup = static_cast<std::uint64_t>(cgroup);
  return static_cast<pid_t>(MUST(syscall(SYS_clone3, &arguments, sizeof arguments)));
}

int run(int count, char** words) {
  if (count > 3 && std::strcmp(words[1], "-e") == 0) {
    return enter_container(words + 2);
  }
  const Shape shape = read_shape(count, words);
  words += optind;
  if (count - optind < 3) {
    return 2;
  }
  const int caller = shape.stays != nullptr ? leave_caller() : -1;
  signal(SIGPIPE, SIG_IGN);
  int hierarchy = open("/sys/fs/cgroup/unified", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (hierarchy < 0) {
    hierarchy = static_cast<int>(MUST(open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  }
  char name[32];
  std::snprintf(name, sizeof name, "floor.%d", getpid());
  const int cgroup = open_cgroup(hierarchy, shape.stays != nullptr ? shape.stays : name);
  const int home = static_cast<int>(MUST(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC)));
  const int pids = static_cast<int>(MUST(open("/proc/self/ns/pid", O_RDONLY | O_CLOEXEC)));
  MUST(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr));
  int link[2];
  MUST(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, link));
  MUST(unshare(CLONE_NEWNS));
  mount_attr change = {};
  change.propagation = MS_PRIVATE;
  MUST(mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, &change, sizeof change));
  int root = static_cast<int>(
      MUST(open_tree(AT_FDCWD, words[0], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE)));
  const int scratch = shape.scratch != nullptr ? open_scratch(shape.scratch) : -1;

  int pid_fd = -1;
  const pid_t child = clone_child(cgroup, pid_fd);
  if (child == 0) {
    close(link[0]);
    payload(link[1], words[1], shape, words + 2);
  }
  close(link[1]);
  const int user = map_ids(child);
  change = {};
  change.attr_set = MOUNT_ATTR_IDMAP | MOUNT_ATTR_NODEV;
  change.userns_fd = static_cast<std::uint64_t>(user);
  MUST(mount_setattr(root, "", AT_EMPTY_PATH | AT_RECURSIVE, &change, sizeof change));
  root = scratch < 0 ? root : make_overlay(root, scratch);
  const int proc = static_cast<int>(MUST(open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC)));
  enter(root);
  char byte = 0;
  MUST(read(link[0], &byte, 1));  // the child has its network
  const int pair = shape.pair ? make_pair(proc, child, shape.addresses) : 0;
  Views views = {.child = pid_fd, .mounts = {}};
  const int collector = start_collector(views, pids);
  MUST(umount2("/", MNT_DETACH));
  MUST(waitpid(collector, nullptr, 0));
  const Watched watched = build_tree(views, shape);

  MUST(write(link[0], "T", 1));
  MUST(read(link[0], &byte, 1));
  MUST(setns(home, CLONE_NEWNS));
  if (shape.stays != nullptr) {
    announce(watched.ready, caller);
  }
  const int status = wait_for_end(pid_fd, watched.console);
  if (shape.stays != nullptr) {
    return status;
  }
  if (shape.pair) {
    remove_pair(pair);
  }
  if (shape.scratch != nullptr) {
    remove_scratch(shape.scratch);
  }
  MUST(unlinkat(hierarchy, name, AT_REMOVEDIR));
  return status;
}

}  // namespace
}  // namespace bench

int main(int count, char** words) { return bench::run(count, words); }
