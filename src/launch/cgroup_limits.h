// Writes limits into a container's cgroup.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "plan/limits.h"

namespace warren::launch {

enum class IfAbsent { Fail, Warn };

/// Writes `settings` in order into the cgroup at the directory descriptor `cgroup`. A controller
/// that the cgroup does not have, or a file that this kernel does not have, is an error, or with
/// IfAbsent::Warn a line of what is returned, and the others are written. Nothing is written when
/// it fails for a controller. What it does in a cgroup that runs holds from then on; a lower
/// limit of memory may kill at once.
[[nodiscard]] Result<std::vector<std::string>> write_limits(
    int cgroup, const std::vector<plan::CgroupSetting>& settings, IfAbsent if_absent);

}  // namespace warren::launch
