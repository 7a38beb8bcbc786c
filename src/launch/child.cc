// Runs in: the payload's process, between clone3 and execve.
// Has: its own pid, ipc, uts, cgroup and user namespace; the launcher's memory, while the launcher
// goes on. Lacks: a network namespace of its own until make_network(), and a mount namespace until
// copy_mounts(); errno, the heap, locks and the C library altogether (a test looks at this file's
// undefined symbols).
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <initializer_list>

#include "kernel/raw_syscall.h"
#include "launch/child_plan.h"

namespace warren::launch {
namespace {

using kernel::raw_syscall;

constexpr unsigned kLastCapability = 63;
constexpr int kStreams[] = {0, 1, 2};

[[noreturn]] void leave() {
  raw_syscall(SYS_exit_group, 70);
  __builtin_unreachable();
}

[[noreturn]] void fail(const ChildPlan& plan, ChildStage stage, long error) {
  const ChildFailure failure{
      .stage = stage, .unused = 0, .code = static_cast<std::int32_t>(-error)};
  raw_syscall(SYS_write, plan.link, &failure, sizeof failure);
  leave();
}

/// The result, which is -errno for a failure.
long check(const ChildPlan& plan, ChildStage stage, long result) {
  if (result < 0) {
    fail(plan, stage, result);
  }
  return result;
}

long prctl(int option, unsigned long value) {
  return raw_syscall(SYS_prctl, option, value, 0, 0, 0);
}

/// Dies with the parent from here on. Changing the user takes that away, so it is said again then;
/// a parent that died in between is noticed by its end of the link.
void die_with_parent(const ChildPlan& plan, ChildStage stage) {
  check(plan, stage, prctl(PR_SET_PDEATHSIG, SIGKILL));
  char byte = 0;
  if (raw_syscall(SYS_recvfrom, plan.link, &byte, 1, MSG_PEEK | MSG_DONTWAIT, nullptr, nullptr) ==
      0) {
    leave();
  }
}

/// `word` is what the parent says when the child may go on.
void wait_for(const ChildPlan& plan, char word) {
  char byte = 0;
  if (raw_syscall(SYS_read, plan.link, &byte, 1) != 1 || byte != word) {
    leave();
  }
}

/// Made here and not by the clone, as it takes a while and the parent has other things to do. The
/// files of a network namespace, as in /sys/class/net, belong to the root that is mapped by then.
void make_network(const ChildPlan& plan) {
  wait_for(plan, kIdsMapped);
  if (plan.own_network) {
    check(plan, ChildStage::MakeNetwork, raw_syscall(SYS_unshare, CLONE_NEWNET));
  }
  check(plan, ChildStage::MakeNetwork, raw_syscall(SYS_write, plan.link, &kNamespacesReady, 1));
}

void become_root(const ChildPlan& plan) {
  if (plan.user_namespace) {
    check(plan, ChildStage::BecomeRoot, raw_syscall(SYS_setresgid, 0, 0, 0));
    check(plan, ChildStage::BecomeRoot, raw_syscall(SYS_setgroups, 0, nullptr));
    check(plan, ChildStage::BecomeRoot, raw_syscall(SYS_setresuid, 0, 0, 0));
    die_with_parent(plan, ChildStage::BecomeRoot);
  }
}

/// The copy belongs to the new user namespace, so the kernel locks every mount in it: what is
/// read-only or hidden stays so (mount_namespaces(7)).
void copy_mounts(const ChildPlan& plan) {
  if (plan.copy_mounts) {
    check(plan, ChildStage::CopyMounts, raw_syscall(SYS_unshare, CLONE_NEWNS));
  }
  // The working directory may still be one of the host's.
  check(plan, ChildStage::CopyMounts, raw_syscall(SYS_chdir, "/"));
  mount_attr shared = {};
  shared.propagation = MS_SHARED;
  check(plan, ChildStage::ShareMounts,
        raw_syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &shared, sizeof shared));
}

void raise_loopback(const ChildPlan& plan) {
  const long socket = check(plan, ChildStage::RaiseLoopback,
                            raw_syscall(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request = {};
  request.ifr_name[0] = 'l';
  request.ifr_name[1] = 'o';
  request.ifr_flags = IFF_UP;
  check(plan, ChildStage::RaiseLoopback, raw_syscall(SYS_ioctl, socket, SIOCSIFFLAGS, &request));
  raw_syscall(SYS_close, socket);
}

/// Closes all descriptors but the standard streams, those that are passed, and the two that are
/// needed until execve: a working directory, which the image chooses, may be /proc/self/fd/N.
void close_the_rest(const ChildPlan& plan) {
  int first = 3 + plan.passed_descriptors;
  const int lower = plan.init < plan.link ? plan.init : plan.link;
  const int upper = plan.init < plan.link ? plan.link : plan.init;
  for (const int kept : {lower, upper}) {
    if (kept > first) {
      check(plan, ChildStage::ArrangeStreams, raw_syscall(SYS_close_range, first, kept - 1, 0));
    }
    first = kept >= first ? kept + 1 : first;
  }
  check(plan, ChildStage::ArrangeStreams, raw_syscall(SYS_close_range, first, ~0U, 0));
}

void arrange_streams(const ChildPlan& plan) {
  if (plan.console != nullptr || plan.terminal >= 0) {
    const long console = plan.terminal >= 0 ? plan.terminal
                                            : raw_syscall(SYS_openat, AT_FDCWD, plan.console,
                                                          O_RDWR | O_NOCTTY | O_CLOEXEC);
    check(plan, ChildStage::OpenConsole, console);
    if (plan.take_terminal) {
      check(plan, ChildStage::OpenConsole, raw_syscall(SYS_ioctl, console, TIOCSCTTY, 0));
    }
    for (const int stream : kStreams) {
      check(plan, ChildStage::ArrangeStreams, raw_syscall(SYS_dup2, console, stream));
    }
    if (console > kStreams[2]) {
      raw_syscall(SYS_close, console);
    }
  }
  // Everything is close-on-exec already, but for what the caller let us inherit.
  for (int fd = 3; fd < 3 + plan.passed_descriptors; ++fd) {
    check(plan, ChildStage::ArrangeStreams, raw_syscall(SYS_fcntl, fd, F_SETFD, 0));
  }
  close_the_rest(plan);
}

/// Until execve nobody inside may look into this process: it has the host's files open.
void enter_namespaces(const ChildPlan& plan) {
  die_with_parent(plan, ChildStage::EnterNamespaces);
  check(plan, ChildStage::EnterNamespaces, prctl(PR_SET_DUMPABLE, 0));
  check(plan, ChildStage::EnterNamespaces, raw_syscall(SYS_setns, plan.leader, plan.namespaces));
}

void set_scheduling(const ChildPlan& plan) {
  if (plan.set_personality) {
    check(plan, ChildStage::SetPersonality, raw_syscall(SYS_personality, plan.personality));
  }
  if (plan.set_affinity) {
    check(plan, ChildStage::SetAffinity,
          raw_syscall(SYS_sched_setaffinity, 0, sizeof plan.affinity, &plan.affinity));
  }
}

void drop_capabilities(const ChildPlan& plan) {
  for (unsigned number = 0; number <= kLastCapability; ++number) {
    if ((plan.bounding >> number & 1) != 0) {
      continue;
    }
    const long dropped = prctl(PR_CAPBSET_DROP, number);
    if (dropped == -EINVAL) {
      return;  // the kernel has no capabilities from here on
    }
    check(plan, ChildStage::DropCapabilities, dropped);
  }
}

long set_capabilities(std::uint64_t effective, std::uint64_t permitted, std::uint64_t inheritable) {
  __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2];
  for (unsigned i = 0; i < 2; ++i) {
    data[i].effective = static_cast<std::uint32_t>(effective >> (32 * i));
    data[i].permitted = static_cast<std::uint32_t>(permitted >> (32 * i));
    data[i].inheritable = static_cast<std::uint32_t>(inheritable >> (32 * i));
  }
  return raw_syscall(SYS_capset, &header, data);
}

/// Becomes the payload's user. CAP_SYS_ADMIN works until execve, because the filter needs it; of a
/// user other than root nothing else does, so that files are open to them as they will be inside.
/// execve takes all away from such a user, but the ambient ones.
void set_identity(const ChildPlan& plan) {
  constexpr std::uint64_t kSysAdmin = std::uint64_t{1} << CAP_SYS_ADMIN;
  if (plan.uid != 0 || plan.gid != 0) {
    check(plan, ChildStage::SetUser, prctl(PR_SET_KEEPCAPS, 1));
    check(plan, ChildStage::SetGroups, raw_syscall(SYS_setgroups, plan.group_count, plan.groups));
    check(plan, ChildStage::SetGroups, raw_syscall(SYS_setresgid, plan.gid, plan.gid, plan.gid));
    check(plan, ChildStage::SetUser, raw_syscall(SYS_setresuid, plan.uid, plan.uid, plan.uid));
    die_with_parent(plan, ChildStage::SetUser);
  }
  if (plan.uid != 0 || plan.ambient != 0) {
    const std::uint64_t permitted = plan.bounding | kSysAdmin;
    check(plan, ChildStage::SetAmbient,
          set_capabilities(plan.uid != 0 ? kSysAdmin : permitted, permitted, plan.ambient));
  }
  for (unsigned number = 0; number <= kLastCapability; ++number) {
    if ((plan.ambient >> number & 1) != 0) {
      check(plan, ChildStage::SetAmbient,
            raw_syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, number, 0, 0));
    }
  }
}

void change_directory(const ChildPlan& plan) {
  long changed = raw_syscall(SYS_chdir, plan.working_directory);
  if (changed < 0 && plan.fallback_directory != nullptr) {
    changed = raw_syscall(SYS_chdir, plan.fallback_directory);
  }
  check(plan, ChildStage::ChangeDirectory, changed);
}

void load_filter(const ChildPlan& plan) {
  if (plan.filter.len != 0) {
    check(plan, ChildStage::LoadFilter,
          raw_syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &plan.filter));
  }
}

void restrict_privileges(const ChildPlan& plan) {
  if (plan.no_new_privileges) {
    check(plan, ChildStage::RestrictPrivileges, prctl(PR_SET_NO_NEW_PRIVS, 1));
  }
}

void reset_handlers() {
  // glibc's own two as well, which posix_spawn(3) leaves ignored.
  constexpr struct { std::uintptr_t handler, flags, restorer, mask; } kDefault = {};
  for (int signal = 1; signal < NSIG; ++signal) {
    if (signal != SIGKILL && signal != SIGSTOP) {
      raw_syscall(SYS_rt_sigaction, signal, &kDefault, nullptr, sizeof kDefault.mask);
    }
  }
}

void unblock_signals() {
  constexpr std::uint64_t kNone = 0;
  raw_syscall(SYS_rt_sigprocmask, SIG_SETMASK, &kNone, nullptr, sizeof kNone);
}

/// Whether a search goes on to the next directory after this failure (execvp(3)).
bool is_missing(long error) { return error == -ENOENT || error == -ENOTDIR || error == -EACCES; }

[[noreturn]] void execute_init(const ChildPlan& plan) {
  long error = -ENOENT;
  for (const char* const* candidate = plan.candidates; *candidate != nullptr; ++candidate) {
    const long usable = raw_syscall(SYS_faccessat, AT_FDCWD, *candidate, X_OK);
    if (usable == 0) {
      plan.init_arguments[1] = *candidate;
      fail(plan, ChildStage::Execute,
           raw_syscall(SYS_execveat, plan.init, "", plan.init_arguments, plan.environment,
                       AT_EMPTY_PATH));
    }
    error = usable == -EACCES ? usable : error;
  }
  fail(plan, ChildStage::FindProgram, error);
}

[[noreturn]] void execute(const ChildPlan& plan) {
  long error = -ENOENT;
  for (const char* const* candidate = plan.candidates; *candidate != nullptr; ++candidate) {
    long failed = raw_syscall(SYS_execve, *candidate, plan.arguments, plan.environment);
    if (failed == -ENOEXEC) {  // a script without #!, as execvp(3) runs it
      plan.script_arguments[1] = *candidate;
      failed = raw_syscall(SYS_execve, plan.script_arguments[0], plan.script_arguments,
                           plan.environment);
    }
    if (!is_missing(failed)) {
      fail(plan, ChildStage::Execute, failed);
    }
    error = failed == -EACCES ? failed : error;
  }
  fail(plan, ChildStage::FindProgram, error);
}

/// Gives up what the caller's session has; needs nothing of the root tree.
void leave_session(const ChildPlan& plan) {
  check(plan, ChildStage::StartSession, raw_syscall(SYS_setsid));
  raw_syscall(SYS_umask, 022);
  drop_capabilities(plan);
  reset_handlers();
}

/// Takes on what the payload has, as root of a finished root tree.
void become_payload(const ChildPlan& plan) {
  arrange_streams(plan);
  set_scheduling(plan);
  set_identity(plan);
  change_directory(plan);
  unblock_signals();
}

}  // namespace

void child_main(void* argument) noexcept {
  const ChildPlan& plan = *static_cast<const ChildPlan*>(argument);
  raw_syscall(SYS_close, plan.parents_link);  // or the end of the parent's would not be the end
  die_with_parent(plan, ChildStage::WaitForTree);
  make_network(plan);
  // The parent builds the tree meanwhile: here comes what does not need it.
  check(plan, ChildStage::SetHostname,
        raw_syscall(SYS_sethostname, plan.hostname, plan.hostname_length));
  if (plan.own_network) {
    raise_loopback(plan);
  }
  leave_session(plan);
  if (plan.filter_lets_start) {
    load_filter(plan);
  }
  wait_for(plan, kTreeReady);
  become_root(plan);
  copy_mounts(plan);
  // From here on nothing of the host's files can be reached.
  become_payload(plan);
  wait_for(plan, kHeld);
  // From here on the death signal is not needed any more.
  restrict_privileges(plan);
  if (!plan.filter_lets_start) {
    load_filter(plan);
  }
  // From here on only what the filter allows.
  if (plan.init >= 0) {
    execute_init(plan);
  }
  execute(plan);
}

void guest_main(const void* argument) noexcept {
  const ChildPlan& plan = *static_cast<const ChildPlan*>(argument);
  raw_syscall(SYS_close, plan.parents_link);
  enter_namespaces(plan);
  // From here on nothing of the host's files can be reached.
  become_root(plan);
  leave_session(plan);
  become_payload(plan);
  restrict_privileges(plan);
  load_filter(plan);
  execute(plan);
}

}  // namespace warren::launch
