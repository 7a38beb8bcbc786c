#include "launch/cgroup_limits.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"

namespace warren::launch {
namespace {

using plan::CgroupSetting;

/// Moves out of `settings` those whose controllers the cgroup lacks, by reason.
std::map<plan::Absence, std::vector<CgroupSetting>> take_absent(
    int cgroup, std::vector<CgroupSetting>& settings) {
  const auto text = kernel::read_file(cgroup, "cgroup.controllers").value_or("");
  const auto present = split(trim(text), ' ');
  const auto is_present = [&](const CgroupSetting& setting) {
    return std::ranges::find(present, setting.controller) != present.end();
  };
  std::map<plan::Absence, std::vector<CgroupSetting>> absent;
  const auto rest = std::ranges::stable_partition(settings, is_present);
  if (!rest.empty()) {
    const auto v1 = kernel::read_file("/proc/cgroups").value_or("");
    for (auto& setting : rest) {
      absent[plan::why_absent(setting.controller, v1)].push_back(std::move(setting));
    }
    settings.erase(rest.begin(), rest.end());
  }
  return absent;
}

Result<> write_setting(int cgroup, const CgroupSetting& setting) {
  auto written = kernel::write_existing(cgroup, setting.file, setting.value);
  if (written) {
    return {};
  }
  if (written.error().code == ENOENT) {
    return Error::because("hold", setting.limit, cat("this kernel has no ", setting.file))
        .advise("leave it out, or declare limits.required = false");
  }
  if (written.error().code == EOPNOTSUPP) {  // the weight of a disk
    const auto number = split(setting.value, ' ').front();
    return Error::because("hold", setting.limit,
                          cat("this host keeps no weights for disk ", number))
        .advise(cat("write '", number,
                    " enable=1' to its /sys/fs/cgroup/io.cost.qos, or declare "
                    "limits.required = false"));
  }
  return std::move(written).error().with(setting.limit);
}

}  // namespace

Result<std::vector<std::string>> write_limits(int cgroup,
                                              const std::vector<CgroupSetting>& settings,
                                              IfAbsent if_absent) {
  std::vector<std::string> warnings;
  std::vector<CgroupSetting> present = settings;
  for (const auto& [why, those] : take_absent(cgroup, present)) {
    Error error = plan::absent_controllers(why, those);
    if (if_absent == IfAbsent::Fail) {
      return error;
    }
    warnings.push_back(error.message());
  }
  for (const auto& setting : present) {
    if (auto written = write_setting(cgroup, setting); !written) {
      if (if_absent == IfAbsent::Fail) {
        return std::move(written).error();
      }
      warnings.push_back(written.error().message());
    }
  }
  return warnings;
}

}  // namespace warren::launch
