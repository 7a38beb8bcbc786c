#include "programs/unpack/sandbox.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <linux/mount.h>
#include <poll.h>
#include <seccomp.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/namespace.h"

namespace warren::unpack {
namespace {

/// Replaces the root by an empty directory and detaches everything else.
Result<> leave_the_host(int tree) {
  TRY(kernel::mount_setattr(AT_FDCWD, "/", {.propagation = MS_PRIVATE, .recursive = true}));
  TRY_ASSIGN(auto file_system, kernel::FileSystem::fsopen("tmpfs"));
  TRY(file_system.set("size", "4096"));
  TRY(file_system.set("nr_inodes", "2"));
  TRY_ASSIGN(const auto root, file_system.mount(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
                                                MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC));
  TRY(kernel::move_mount(root.get(), AT_FDCWD, "/"));
  if (::fchdir(root.get()) < 0) {
    return Error::sys("chdir", "/");
  }
  TRY(kernel::pivot_root_here());
  TRY(kernel::detach("/"));
  return ::fchdir(tree) == 0 ? Result<>() : Error::sys("chdir", "the tree");
}

Result<> set_limits() {
  struct Limit {
    __rlimit_resource resource;
    rlim_t value;
    const char* name;
  };
  constexpr auto kLimits = std::to_array<Limit>({
      {RLIMIT_AS, rlim_t{2} << 30, "AS"},  // decompressors want a gigabyte at the very most
      {RLIMIT_CORE, 0, "CORE"},
      {RLIMIT_MEMLOCK, 0, "MEMLOCK"},
      {RLIMIT_NOFILE, 64, "NOFILE"},
      {RLIMIT_NPROC, 0, "NPROC"},
  });
  for (const auto& limit : kLimits) {
    const rlimit value = {.rlim_cur = limit.value, .rlim_max = limit.value};
    if (::setrlimit(limit.resource, &value) < 0) {
      return Error::sys("setrlimit", limit.name);
    }
  }
  return {};
}

/// Becomes root of `users`, which is a nobody on the host.
Result<> change_user(int users) {
  TRY(kernel::setns(users, CLONE_NEWUSER, "the unpacker's user namespace"));
  if (::setgroups(0, nullptr) < 0 || ::setresgid(0, 0, 0) < 0 || ::setresuid(0, 0, 0) < 0) {
    return Error::sys("setresuid", "0");
  }
  // The kernel forgot it with the old ids; and the parent may have ended before this.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  pollfd parent = {.fd = STDERR_FILENO, .events = 0, .revents = 0};
  return ::poll(&parent, 1, 0) == 0 ? Result<>() : Error::because("", "warren", "it has ended");
}

/// Leaves what making files with owners and modes takes.
Result<> drop_capabilities() {
  constexpr auto kKept = std::to_array<cap_value_t>(
      {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_SETFCAP});
  for (cap_value_t capability = 0; capability <= CAP_LAST_CAP; ++capability) {
    if (::prctl(PR_CAPBSET_DROP, capability) < 0 && errno != EINVAL) {
      return Error::sys("prctl", "PR_CAPBSET_DROP");
    }
  }
  auto* const set = ::cap_init();
  const auto count = static_cast<int>(kKept.size());
  const bool done = set != nullptr &&
                    ::cap_set_flag(set, CAP_PERMITTED, count, kKept.data(), CAP_SET) == 0 &&
                    ::cap_set_flag(set, CAP_EFFECTIVE, count, kKept.data(), CAP_SET) == 0 &&
                    ::cap_set_proc(set) == 0;
  auto result = done ? Result<>() : Error::sys("capset");
  ::cap_free(set);
  return result;
}

constexpr auto kAllowed = std::to_array<int>({
    // reading the archive, writing the files
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(pread64),
    SCMP_SYS(pwrite64),
    SCMP_SYS(lseek),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate),
    SCMP_SYS(close),
    // making and finding them
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(symlink),
    SCMP_SYS(symlinkat),
    SCMP_SYS(link),
    SCMP_SYS(linkat),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rmdir),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),

    SCMP_SYS(chdir),
    SCMP_SYS(fchdir),
    SCMP_SYS(getcwd),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    // what they look like
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(fstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(chmod),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchmodat),
    SCMP_SYS(chown),
    SCMP_SYS(lchown),
    SCMP_SYS(fchown),
    SCMP_SYS(fchownat),
    SCMP_SYS(umask),
    SCMP_SYS(utimensat),
    SCMP_SYS(setxattr),
    SCMP_SYS(lsetxattr),
    SCMP_SYS(fsetxattr),
    SCMP_SYS(getxattr),
    SCMP_SYS(lgetxattr),
    SCMP_SYS(fgetxattr),
    SCMP_SYS(removexattr),
    SCMP_SYS(lremovexattr),
    SCMP_SYS(fremovexattr),
    SCMP_SYS(fcntl),
    SCMP_SYS(dup),
    // the C library's own
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(futex),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(getrandom),
    SCMP_SYS(poll),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
});

/// Calls that are allowed when these bits of an argument are so.
struct Conditional {
  int call;
  unsigned argument;
  scmp_datum_t mask;
  scmp_datum_t value;
};

constexpr auto kConditional = std::to_array<Conditional>({
    {SCMP_SYS(mmap), 2, PROT_EXEC, 0},
    {SCMP_SYS(mprotect), 2, PROT_EXEC, 0},
    // Not even the whiteouts of overlays, which everybody may make.
    {SCMP_SYS(mknod), 1, S_IFMT, S_IFIFO},
    {SCMP_SYS(mknodat), 2, S_IFMT, S_IFIFO},
});

/// All others are refused with EPERM.
Result<> filter_system_calls() {
  auto* const filter = ::seccomp_init(SCMP_ACT_ERRNO(EPERM));
  int code = filter == nullptr ? -ENOMEM : 0;
  for (const int call : kAllowed) {
    code = code == 0 ? ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0) : code;
  }
  for (const auto& [call, argument, mask, value] : kConditional) {
    const scmp_arg_cmp test = {argument, SCMP_CMP_MASKED_EQ, mask, value};
    code = code == 0 ? ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, test) : code;
  }
  code = code == 0 ? ::seccomp_load(filter) : code;
  ::seccomp_release(filter);
  return code == 0 ? Result<>() : Error::from_errno(-code, "seccomp");
}

}  // namespace

Result<> lock_up(int tree, int users) {
  TRY(leave_the_host(tree));
  TRY(set_limits());
  TRY(change_user(users));
  TRY(drop_capabilities());
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || ::prctl(PR_SET_DUMPABLE, 0) < 0 ||
      ::close_range(STDERR_FILENO + 1, ~0U, 0) < 0) {
    return Error::sys("prctl");
  }
  return filter_system_calls();
}

}  // namespace warren::unpack
