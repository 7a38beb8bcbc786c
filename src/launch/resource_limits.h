// Resource limits of the child, set from outside: in its user namespace it may lower them only.
#pragma once

#include <sys/types.h>

#include "base/result.h"
#include "plan/plan.h"

namespace warren::launch {

/// setrlimit(2) for process `pid`, and its oom_score_adj through `proc`. A default that this host
/// does not let be raised stays as high as it is; one that was asked for fails.
[[nodiscard]] Result<> set_resource_limits(const plan::ProcessPlan& process, pid_t pid, int proc);

}  // namespace warren::launch
