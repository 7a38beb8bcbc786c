// The mounts that a person asked for, on top of those every container has.
#pragma once

#include <vector>

#include "base/result.h"
#include "plan/plan.h"

namespace warren::plan {

/// Steps in the order of their targets, parents first; what they need from the host is appended
/// to `sources`. Fails for a mount over the root itself.
[[nodiscard]] Result<std::vector<Step>> plan_custom_mounts(const spec::Container& container,
                                                           const HostFacts& host,
                                                           std::vector<Source>& sources);

}  // namespace warren::plan
