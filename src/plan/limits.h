// Limits as settings of cgroup v2: which file of the container's cgroup gets which text. Used at
// the start and for changes while it runs. Files and values: the kernel's cgroup-v2.rst.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "plan/facts.h"
#include "spec/limits.h"

namespace warren::plan {

struct CgroupSetting {
  std::string limit;       ///< the key that asks for it: "limits.memory"
  std::string controller;  ///< "memory"
  std::string file;        ///< "memory.max"
  std::string value;
  friend bool operator==(const CgroupSetting&, const CgroupSetting&) = default;
};

/// What a fresh cgroup needs. `devices` are facts about the disks that are named. Fails for one
/// that is none.
[[nodiscard]] Result<std::vector<CgroupSetting>> plan_limits(
    const spec::Limits& limits, const std::vector<DeviceFact>& devices);

/// What turns limits `from` into limits `to` in a cgroup that has them; only what differs.
[[nodiscard]] Result<std::vector<CgroupSetting>> plan_limit_changes(
    const spec::Limits& from, const spec::Limits& to, const std::vector<DeviceFact>& devices);

/// Why cgroup v2 does not have a controller.
enum class Absence {
  Version1,    ///< it is bound to a hierarchy of cgroup v1
  Disabled,    ///< the kernel was booted without it, or built so
  NotPassedOn  ///< the cgroups above do not pass it on
};
/// From the text of /proc/cgroups.
[[nodiscard]] Absence why_absent(std::string_view controller, std::string_view proc_cgroups);

/// The one line for settings whose controllers are all absent for the same reason.
[[nodiscard]] Error absent_controllers(Absence why, const std::vector<CgroupSetting>& settings);

}  // namespace warren::plan
