#include "launch/resource_limits.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "kernel/file.h"

namespace warren::launch {
namespace {

/// Without CAP_SYS_RESOURCE, and for open files in any case, there is a most; then that is set,
/// as systemd does.
Result<> set_limit(pid_t pid, std::size_t number, const rlimit& limit) {
  const auto resource = static_cast<__rlimit_resource>(number);
  if (::prlimit(pid, resource, &limit, nullptr) == 0) {
    return {};
  }
  if (errno != EPERM) {
    return Error::sys("set resource limit", cat("number ", number));
  }
  rlimit present = {};
  if (::prlimit(pid, resource, nullptr, &present) < 0) {
    return Error::sys("get resource limit", cat("number ", number));
  }
  const rlimit most = {.rlim_cur = std::min(limit.rlim_cur, present.rlim_max),
                       .rlim_max = std::min(limit.rlim_max, present.rlim_max)};
  return ::prlimit(pid, resource, &most, nullptr) == 0
             ? Result<>()
             : Error::sys("set resource limit", cat("number ", number));
}

}  // namespace

Result<> set_resource_limits(const plan::ProcessPlan& process, pid_t pid, int proc) {
  for (std::size_t number = 0; number < process.limits.size(); ++number) {
    if (process.limits[number]) {
      TRY(set_limit(pid, number, *process.limits[number]));
    }
  }
  if (process.oom_score_adjust) {
    const std::string score = cat(*process.oom_score_adjust);
    const auto set = kernel::write_existing(proc, cat(pid, "/oom_score_adj"), score);
    if (!set) {
      return Error::from_errno(set.error().code, "set the OOM score to", score)
          .advise("below what warren itself has, it takes CAP_SYS_RESOURCE");
    }
  }
  return {};
}

}  // namespace warren::launch
