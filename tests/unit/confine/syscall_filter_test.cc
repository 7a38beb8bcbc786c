#include "confine/syscall_filter.h"

#include <gmock/gmock.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cstring>

#include "confine/filter_program.h"
#include "confine/syscalls.h"
#include "spec/capabilities.h"

namespace warren::confine {
namespace {

/// What the kernel would do: runs the program over the data of a call.
std::uint32_t run(std::span<const sock_filter> program, const seccomp_data& data) {
  std::uint32_t accumulator = 0;
  for (std::size_t at = 0; at < program.size(); ++at) {
    const sock_filter& step = program[at];
    switch (step.code) {
      case BPF_LD | BPF_W | BPF_ABS:
        std::memcpy(&accumulator, reinterpret_cast<const char*>(&data) + step.k,
                    sizeof accumulator);
        break;
      case BPF_JMP | BPF_JA:
        at += step.k;
        break;
      case BPF_JMP | BPF_JEQ | BPF_K:
        at += accumulator == step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JGE | BPF_K:
        at += accumulator >= step.k ? step.jt : step.jf;
        break;
      case BPF_JMP | BPF_JSET | BPF_K:
        at += (accumulator & step.k) != 0 ? step.jt : step.jf;
        break;
      case BPF_RET | BPF_K:
        return step.k;
      default:
        ADD_FAILURE() << "instruction " << step.code;
        return 0;
    }
  }
  ADD_FAILURE() << "no return";
  return 0;
}

constexpr std::uint32_t kAllow = SECCOMP_RET_ALLOW;
constexpr std::uint32_t refusal(int code) {
  return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(code);
}

struct Call {
  std::string_view name;
  std::uint64_t arguments[6] = {};
};

std::uint32_t native(const SyscallFilter& filter, const Call& call) {
  seccomp_data data = {.nr = find_syscall(call.name)->native,
                       .arch = AUDIT_ARCH_X86_64,
                       .instruction_pointer = 0,
                       .args = {}};
  std::copy(std::begin(call.arguments), std::end(call.arguments), data.args);
  return run(filter.program(), data);
}

std::uint32_t compat(const SyscallFilter& filter, std::string_view name) {
  const seccomp_data data = {.nr = find_syscall(name)->compat,
                             .arch = AUDIT_ARCH_I386,
                             .instruction_pointer = 0,
                             .args = {}};
  return run(filter.program(), data);
}

SyscallFilter filter(const spec::Security& security = {},
                     spec::Capabilities bounding = spec::kDefaultCapabilities,
                     bool suppress_sync = false) {
  return *syscall_filter(security, bounding, suppress_sync);
}

TEST(SyscallTable, IsSortedAndKnowsWhatKernelsHave) {
  EXPECT_TRUE(std::ranges::is_sorted(kSyscalls, {}, &Syscall::name));
  EXPECT_EQ(find_syscall("read")->native, 0);
  EXPECT_EQ(find_syscall("read")->compat, 3);
  EXPECT_EQ(find_syscall("socketcall")->native, -1);
  EXPECT_EQ(find_syscall("no_such"), nullptr);
}

TEST(SyscallTable, GroupsNameOnlyKnownCallsAndGroups) {
  for (const auto& group : kSyscallGroups) {
    std::string_view rest = group.members;
    while (!rest.empty()) {
      const auto end = rest.find(' ');
      const auto name = rest.substr(0, end);
      EXPECT_TRUE(name.starts_with('@') ? find_syscall_group(name) != nullptr
                                        : find_syscall(name) != nullptr)
          << group.name << ": " << name;
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
  }
}

// launch/child.cc loads the default filter before it does these.
TEST(SyscallFilter, DefaultLetsAContainerStart) {
  for (const auto* const name : {"read",           "write",        "close",
                                 "recvfrom",       "exit_group",   "setresgid",
                                 "setgroups",      "setresuid",    "prctl",
                                 "unshare",        "chdir",        "mount_setattr",
                                 "open",           "openat",       "ioctl",
                                 "dup2",           "fcntl",        "close_range",
                                 "capset",         "personality",  "sched_setaffinity",
                                 "rt_sigprocmask", "rt_sigaction", "faccessat",
                                 "execve",         "execveat"}) {
    EXPECT_EQ(native(SyscallFilter(), {name}), kAllow) << name;
  }
  EXPECT_EQ(native(SyscallFilter(), {"ioctl", {0, TIOCSCTTY}}), kAllow);
}

TEST(SyscallFilter, EveryNumberHasOneOfThreeAnswers) {
  const auto one = filter();
  EXPECT_LE(one.program().size(), std::size_t{BPF_MAXINSNS});
  for (const std::uint32_t arch :
       {std::uint32_t{AUDIT_ARCH_X86_64}, std::uint32_t{AUDIT_ARCH_I386}}) {
    for (int number = -1; number < 1200; ++number) {
      const seccomp_data data = {.nr = number, .arch = arch, .instruction_pointer = 0, .args = {}};
      const bool known = std::ranges::any_of(kSyscalls, [&](const Syscall& call) {
        return number >= 0 && (arch == AUDIT_ARCH_X86_64 ? call.native : call.compat) == number;
      });
      const auto answer = run(one.program(), data);
      EXPECT_EQ(answer == refusal(ENOSYS), !known) << number;
      EXPECT_TRUE(answer == kAllow || answer == refusal(EPERM) || answer == refusal(ENOSYS))
          << number;
    }
  }
}

TEST(SyscallFilter, DefaultRefusesWhatReachesTheHost) {
  const auto one = filter();
  for (const auto* name : {"bpf",
                           "add_key",
                           "keyctl",
                           "request_key",
                           "kexec_load",
                           "kexec_file_load",
                           "init_module",
                           "finit_module",
                           "delete_module",
                           "perf_event_open",
                           "open_by_handle_at",
                           "userfaultfd",
                           "io_uring_setup",
                           "io_uring_enter",
                           "swapon",
                           "quotactl",
                           "iopl",
                           "ioperm",
                           "settimeofday",
                           "clock_settime",
                           "adjtimex",
                           "fanotify_init",
                           "lookup_dcookie",
                           "modify_ldt",
                           "acct",
                           "syslog"}) {
    EXPECT_EQ(native(one, {name}), refusal(EPERM)) << name;
    if (find_syscall(name)->compat >= 0) {
      EXPECT_EQ(compat(one, name), refusal(EPERM)) << name;
    }
  }
}

TEST(SyscallFilter, DefaultAllowsWhatSystemsNeed) {
  const auto one = filter();
  for (const auto* name :
       {"read",       "execve",  "clone",       "clone3",     "mount",
        "umount2",    "unshare", "setns",       "pivot_root", "fsopen",
        "move_mount", "seccomp", "prctl",       "reboot",     "ptrace",
        "chroot",     "mknod",   "sethostname", "mlock",      "bind",
        "futex",      "statx",   "fchmodat2",   "openat2",    "landlock_create_ruleset"}) {
    EXPECT_EQ(native(one, {name}), kAllow) << name;
  }
  EXPECT_EQ(compat(one, "socketcall"), kAllow);
}

TEST(SyscallFilter, ForeignCallsAreUnknown) {
  const auto one = filter();
  const seccomp_data x32 = {
      .nr = 0x40000000 | 39, .arch = AUDIT_ARCH_X86_64, .instruction_pointer = 0, .args = {}};
  EXPECT_EQ(run(one.program(), x32), refusal(ENOSYS));
  const seccomp_data arm = {
      .nr = 0, .arch = AUDIT_ARCH_AARCH64, .instruction_pointer = 0, .args = {}};
  EXPECT_EQ(run(one.program(), arm), refusal(ENOSYS));
}

TEST(SyscallFilter, ArgumentsThatMatterAreLookedAt) {
  const auto one = filter();
  EXPECT_EQ(native(one, {"socket", {AF_NETLINK, SOCK_RAW, NETLINK_AUDIT}}), refusal(EAFNOSUPPORT));
  EXPECT_EQ(native(one, {"socket", {AF_NETLINK, SOCK_RAW, NETLINK_ROUTE}}), kAllow);
  EXPECT_EQ(native(one, {"socket", {AF_INET, SOCK_RAW, NETLINK_AUDIT}}), kAllow);
  EXPECT_EQ(native(one, {"ioctl", {0, TIOCSTI}}), refusal(EPERM));
  EXPECT_EQ(native(one, {"ioctl", {0, std::uint64_t{1} << 32 | TIOCSTI}}), refusal(EPERM))
      << "the kernel takes 32 bits";
  EXPECT_EQ(native(one, {"ioctl", {0, TIOCLINUX}}), refusal(EPERM));
  EXPECT_EQ(native(one, {"ioctl", {0, TCGETS}}), kAllow);
}

TEST(SyscallFilter, CapabilitiesBringTheirCalls) {
  const auto with = filter({}, spec::kDefaultCapabilities | spec::capability_bit("sys_time") |
                                   spec::capability_bit("bpf"));
  EXPECT_EQ(native(with, {"settimeofday"}), kAllow);
  EXPECT_EQ(native(with, {"bpf"}), kAllow);
  const auto without = filter({}, spec::kDefaultCapabilities & ~spec::capability_bit("sys_boot"));
  EXPECT_EQ(native(without, {"reboot"}), refusal(EPERM));
}

TEST(SyscallFilter, RulesAddAndTakeAwayAndRefusalWins) {
  const auto one = filter({.filter = {{"@keyring", true}, {"mount", false}, {"add_key", false}}});
  EXPECT_EQ(native(one, {"keyctl"}), kAllow);
  EXPECT_EQ(native(one, {"mount"}), refusal(EPERM));
  EXPECT_EQ(native(one, {"add_key"}), refusal(EPERM));
  EXPECT_EQ(compat(one, "mount"), refusal(EPERM));
  const auto ioctl = filter({.filter = {{"ioctl", false}}});
  EXPECT_EQ(native(ioctl, {"ioctl", {0, TCGETS}}), refusal(EPERM));
  EXPECT_EQ(native(filter({.filter = {{"@known", true}}}), {"kexec_load"}), kAllow);
}

TEST(SyscallFilter, UnknownRulesAreNamed) {
  const auto failed =
      syscall_filter({.filter = {{"monut", true}}}, spec::kDefaultCapabilities, false);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message(), "monut: no such system call or group (did you mean mount?)");
}

TEST(SyscallFilter, SuppressSync) {
  const auto one = filter({}, spec::kDefaultCapabilities, true);
  for (const auto* name : {"sync", "fsync", "fdatasync", "syncfs", "msync", "sync_file_range"}) {
    EXPECT_EQ(native(one, {name}), refusal(0)) << name;
  }
  EXPECT_EQ(native(one, {"openat", {0, 0, O_RDONLY | O_DSYNC}}), refusal(EINVAL));
  EXPECT_EQ(native(one, {"openat", {0, 0, O_RDWR}}), kAllow);
  EXPECT_EQ(native(one, {"open", {0, O_SYNC}}), refusal(EINVAL));
  EXPECT_EQ(native(one, {"openat2"}), refusal(ENOSYS));
}

TEST(SyscallFilter, DefaultIsCompiledIn) {
  EXPECT_TRUE(filter().is_default());
  EXPECT_TRUE(
      filter({}, spec::kDefaultCapabilities | spec::capability_bit("net_admin")).is_default());
  EXPECT_FALSE(filter({}, spec::kAllCapabilities).is_default());
}

}  // namespace
}  // namespace warren::confine
