#include "confine/syscall_filter.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "confine/filter_program.h"
#include "confine/syscalls.h"
#include "spec/capabilities.h"

namespace warren::confine {
namespace {

// Not on it, and so refused: @clock @module @raw-io @reboot and others that a capability brings
// (below); @keyring, whose keys know no namespaces; @swap @obsolete @cpu-emulation; bpf, fanotify,
// kexec, open_by_handle_at, perf_event_open, quotactl; io_uring, which goes around this filter;
// userfaultfd, which makes races in the kernel easy to win. docs/SECURITY.md has the reasons.
constexpr auto kAllowed = std::to_array<std::string_view>({
    "@basic-io",
    "@chown",
    "@default",
    "@file-system",
    "@io-event",
    "@ipc",
    "@memlock",
    "@mount",
    "@network-io",
    "@pkey",
    "@process",
    "@resources",
    "@sandbox",
    "@setuid",
    "@signal",
    "@sync",
    "@timer",
    "io_cancel",
    "io_destroy",
    "io_getevents",
    "io_pgetevents",
    "io_pgetevents_time64",
    "io_setup",
    "io_submit",
    "capset",
    "copy_file_range",
    "fadvise64",
    "fadvise64_64",
    "flock",
    "get_mempolicy",
    "getcpu",
    "getpriority",
    "ioctl",
    "ioprio_get",
    "kcmp",
    "madvise",
    "memfd_secret",
    "mincore",
    "mremap",
    "name_to_handle_at",
    "oldolduname",
    "olduname",
    "personality",
    "pidfd_getfd",
    "process_mrelease",
    "readahead",
    "readdir",
    "remap_file_pages",
    "sched_get_priority_max",
    "sched_get_priority_min",
    "sched_getattr",
    "sched_getparam",
    "sched_getscheduler",
    "sched_rr_get_interval",
    "sched_rr_get_interval_time64",
    "sendfile",
    "sendfile64",
    "setdomainname",
    "setfsgid",
    "setfsgid32",
    "setfsuid",
    "setfsuid32",
    "sethostname",
    "setpgid",
    "setsid",
    "splice",
    "sysinfo",
    "tee",
    "umask",
    "uname",
    "vmsplice",
});

struct ByCapability {
  std::string_view capability;
  std::string_view calls;
};

constexpr auto kAllowedByCapability = std::to_array<ByCapability>({
    {"sys_time", "@clock"},
    {"sys_module", "@module"},
    {"sys_rawio", "@raw-io"},
    {"sys_pacct", "acct"},
    {"sys_ptrace", "ptrace"},
    {"sys_boot", "reboot"},
    {"syslog", "syslog"},
    {"sys_tty_config", "vhangup"},
    {"bpf", "bpf"},
    {"perfmon", "perf_event_open"},
});

/// What becomes of every known call, before it is laid out by number.
class Policy {
 public:
  constexpr Policy() { verdicts_.fill(Verdict::Refuse); }

  constexpr bool set(std::string_view name, Verdict verdict) {
    return for_each_syscall(name, [&](const Syscall& call) {
      verdicts_[static_cast<std::size_t>(&call - kSyscalls.data())] = verdict;
    });
  }

  /// Replaces Allow only, so that a refused call stays refused.
  constexpr void refine(std::string_view name, Verdict verdict) {
    for_each_syscall(name, [&](const Syscall& call) {
      auto& current = verdicts_[static_cast<std::size_t>(&call - kSyscalls.data())];
      current = current == Verdict::Allow ? verdict : current;
    });
  }

  [[nodiscard]] constexpr FilterProgram program() const {
    return filter_program(by_number(&Syscall::native), by_number(&Syscall::compat));
  }

 private:
  [[nodiscard]] constexpr Verdicts by_number(int Syscall::*number) const {
    Verdicts verdicts;
    for (std::size_t i = 0; i < kSyscalls.size(); ++i) {
      if (kSyscalls[i].*number >= 0) {
        const auto at = static_cast<std::size_t>(kSyscalls[i].*number);
        if (verdicts.size() <= at) {
          verdicts.resize(at + 1, Verdict::Unknown);
        }
        verdicts[at] = verdicts_[i];
      }
    }
    return verdicts;
  }

  std::array<Verdict, kSyscalls.size()> verdicts_{};
};

constexpr Policy policy_for(spec::Capabilities bounding) {
  Policy policy;
  for (const auto name : kAllowed) {
    policy.set(name, Verdict::Allow);
  }
  for (const auto& [capability, calls] : kAllowedByCapability) {
    if ((bounding & spec::capability_bit(capability)) != 0) {
      policy.set(calls, Verdict::Allow);
    }
  }
  return policy;
}

constexpr void refine(Policy& policy, bool suppress_sync) {
  policy.refine("socket", Verdict::CheckSocket);
  policy.refine("ioctl", Verdict::CheckIoctl);
  if (suppress_sync) {
    policy.refine("@sync", Verdict::Pretend);
    policy.refine("open", Verdict::CheckFlags1);
    policy.refine("openat", Verdict::CheckFlags2);
    // The flags of openat2 are in memory, where a filter cannot look: programs use openat instead.
    policy.refine("openat2", Verdict::Unknown);
  }
}

constexpr FilterProgram default_program() {
  Policy policy = policy_for(spec::kDefaultCapabilities);
  refine(policy, false);
  return policy.program();
}

// clang 14, whose tools read this, would not see the temporary destroyed in a template argument.
constexpr std::size_t default_size() { return default_program().size(); }

constexpr auto kDefaultProgram = [] {
  std::array<sock_filter, default_size()> program{};
  std::ranges::copy(default_program(), program.begin());
  return program;
}();
static_assert(kDefaultProgram.size() <= BPF_MAXINSNS);

/// The bits of a bounding set that the filter depends on.
constexpr spec::Capabilities kRelevant = [] {
  spec::Capabilities bits = 0;
  for (const auto& entry : kAllowedByCapability) {
    bits |= spec::capability_bit(entry.capability);
  }
  return bits;
}();

Error unknown_call(std::string_view name) {
  std::vector<std::string_view> names;
  names.reserve(std::size(kSyscalls) + std::size(kSyscallGroups));
  for (const auto& call : kSyscalls) {
    names.push_back(call.name);
  }
  for (const auto& group : kSyscallGroups) {
    names.push_back(group.name);
  }
  Error error = Error::because("", name, "no such system call or group");
  const auto close = nearest(name, names);
  return close.empty() ? error : std::move(error).advise(cat("did you mean ", close, "?"));
}

}  // namespace

Result<SyscallFilter> syscall_filter(const spec::Security& security, spec::Capabilities bounding,
                                     bool suppress_sync) {
  if (!security.seccomp && !suppress_sync) {
    return SyscallFilter::none();
  }
  if (security.filter.empty() && !suppress_sync && !security.nesting && security.seccomp &&
      ((bounding ^ spec::kDefaultCapabilities) & kRelevant) == 0) {
    return SyscallFilter();
  }
  Policy policy = policy_for(bounding);
  if (security.nesting) {
    policy.set("@keyring", Verdict::Allow);  // OCI runtimes give each container a keyring
  }
  if (!security.seccomp) {
    policy.set("@known", Verdict::Allow);
  }
  for (const bool allow : {true, false}) {  // refusals last: they win
    for (const auto& rule : security.filter) {
      if (rule.allow == allow && !policy.set(rule.name, allow ? Verdict::Allow : Verdict::Refuse)) {
        return unknown_call(rule.name);
      }
    }
  }
  refine(policy, suppress_sync);
  return SyscallFilter(policy.program());
}

SyscallFilter SyscallFilter::none() {
  SyscallFilter filter;
  filter.none_ = true;
  return filter;
}

std::span<const sock_filter> SyscallFilter::program() const {
  return is_default() ? std::span<const sock_filter>(kDefaultProgram) : custom_;
}

}  // namespace warren::confine
