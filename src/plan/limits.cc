#include "plan/limits.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>

#include "base/text.h"

namespace warren::plan {
namespace {

using spec::Limits;
using Text = std::optional<std::string>;

constexpr double kPeriod = 100000;  // microseconds, the kernel's default

template <typename Number>
Text text_of(const std::optional<Number>& number) {
  return number ? Text(cat(*number)) : std::nullopt;
}

Text quota_text(const std::optional<double>& cpus) {
  constexpr double kLeast = 1000;  // the kernel takes no less
  return cpus ? Text(cat(std::llround(std::max(*cpus * kPeriod, kLeast)), " ",
                         std::llround(kPeriod)))
              : std::nullopt;
}

struct Row {
  const char* limit;
  const char* controller;
  const char* file;
  const char* fresh;  ///< what the file of a new cgroup says
  Text (*value)(const Limits& limits);
};

constexpr auto kRows = std::to_array<Row>({
    {"memory", "memory", "memory.max", "max", [](const Limits& l) { return text_of(l.memory); }},
    {"memoryHigh", "memory", "memory.high", "max",
     [](const Limits& l) { return text_of(l.memory_high); }},
    {"swap", "memory", "memory.swap.max", "max", [](const Limits& l) { return text_of(l.swap); }},
    {"cpus", "cpu", "cpu.max", "max 100000", [](const Limits& l) { return quota_text(l.cpus); }},
    {"cpuWeight", "cpu", "cpu.weight", "100",
     [](const Limits& l) { return text_of(l.cpu_weight); }},
    {"tasks", "pids", "pids.max", "max", [](const Limits& l) { return text_of(l.tasks); }},
    {"ioWeight", "io", "io.weight", "default 100",
     [](const Limits& l) {
       return l.io_weight ? Text(cat("default ", *l.io_weight)) : std::nullopt;
     }},
});

std::string or_max(const std::optional<std::uint64_t>& number) {
  return number ? cat(*number) : std::string("max");
}

/// The number that cgroup v2 has for a disk: of a partition, its disk's.
Result<std::string> disk_number(const std::string& path, const std::vector<DeviceFact>& devices) {
  const auto at = std::ranges::find(devices, path, &DeviceFact::path);
  const char* reason = at == devices.end() || at->kind == DeviceFact::Kind::Missing
                           ? "there is no such device on this host"
                       : at->kind != DeviceFact::Kind::Block ? "it is no block device"
                                                             : nullptr;
  if (reason != nullptr) {
    return Error::because("limits.io", path, reason).advise("lsblk lists them");
  }
  return cat(at->disk_major, ":", at->disk_minor);
}

Result<std::vector<CgroupSetting>> plan_disk(const spec::IoLimit& limit,
                                             const std::vector<DeviceFact>& devices) {
  TRY_ASSIGN(const std::string number, disk_number(limit.device, devices));
  const auto all = {limit.read_bandwidth, limit.write_bandwidth, limit.read_operations,
                    limit.write_operations};
  std::vector<CgroupSetting> settings;
  if (std::ranges::any_of(all, [](const auto& one) { return one.has_value(); })) {
    settings.push_back({.limit = "limits.io",
                        .controller = "io",
                        .file = "io.max",
                        .value = cat(number, " rbps=", or_max(limit.read_bandwidth),
                                     " wbps=", or_max(limit.write_bandwidth),
                                     " riops=", or_max(limit.read_operations),
                                     " wiops=", or_max(limit.write_operations))});
  }
  if (limit.weight) {
    settings.push_back({.limit = "limits.io",
                        .controller = "io",
                        .file = "io.weight",
                        .value = cat(number, " ", *limit.weight)});
  }
  return settings;
}

Result<std::vector<CgroupSetting>> plan_disks(const Limits& limits,
                                              const std::vector<DeviceFact>& devices) {
  std::vector<CgroupSetting> settings;
  for (const auto& one : limits.io) {
    TRY_ASSIGN(const auto more, plan_disk(one, devices));
    settings.insert(settings.end(), more.begin(), more.end());
  }
  return settings;
}

CgroupSetting setting_of(const Row& row, std::string value) {
  return {.limit = cat("limits.", row.limit),
          .controller = row.controller,
          .file = row.file,
          .value = std::move(value)};
}

/// Whether `one` says something of the same file and disk.
bool same_place(const CgroupSetting& one, const CgroupSetting& other) {
  return one.file == other.file && split(one.value, ' ').front() == split(other.value, ' ').front();
}

/// What takes the setting of a disk back.
CgroupSetting taken_back(CgroupSetting setting) {
  const std::string number(split(setting.value, ' ').front());
  setting.value =
      cat(number, setting.file == "io.max" ? " rbps=max wbps=max riops=max wiops=max" : " default");
  return setting;
}

std::string words_of(const std::vector<CgroupSetting>& settings,
                     std::string CgroupSetting::*member) {
  std::vector<std::string> words;
  for (const auto& setting : settings) {
    if (std::ranges::find(words, setting.*member) == words.end()) {
      words.push_back(setting.*member);
    }
  }
  return join(words, ", ");
}

}  // namespace

Result<std::vector<CgroupSetting>> plan_limits(const Limits& limits,
                                               const std::vector<DeviceFact>& devices) {
  std::vector<CgroupSetting> settings;
  for (const auto& row : kRows) {
    if (auto value = row.value(limits)) {
      settings.push_back(setting_of(row, *std::move(value)));
    }
  }
  TRY_ASSIGN(const auto disks, plan_disks(limits, devices));
  settings.insert(settings.end(), disks.begin(), disks.end());
  return settings;
}

Result<std::vector<CgroupSetting>> plan_limit_changes(const Limits& from, const Limits& to,
                                                      const std::vector<DeviceFact>& devices) {
  std::vector<CgroupSetting> settings;
  for (const auto& row : kRows) {
    const std::string before = row.value(from).value_or(row.fresh);
    std::string after = row.value(to).value_or(row.fresh);
    if (before != after) {
      settings.push_back(setting_of(row, std::move(after)));
    }
  }
  TRY_ASSIGN(const auto wanted, plan_disks(to, devices));
  // A disk that is gone takes its limits along.
  for (const auto& one : from.io) {
    for (const auto& old : plan_disk(one, devices).value_or({})) {
      if (std::ranges::none_of(wanted, [&](const auto& s) { return same_place(s, old); })) {
        settings.push_back(taken_back(old));
      }
    }
  }
  const auto had = plan_disks(from, devices).value_or({});
  for (const auto& one : wanted) {
    if (std::ranges::find(had, one) == had.end()) {
      settings.push_back(one);
    }
  }
  return settings;
}

Absence why_absent(std::string_view controller, std::string_view proc_cgroups) {
  const std::string_view name = controller == "io" ? "blkio" : controller;
  for (const auto line : split(proc_cgroups, '\n')) {
    const auto words = split(line, '\t');  // name, hierarchy, number of cgroups, enabled
    if (words.size() == 4 && words[0] == name) {
      return words[1] != "0"   ? Absence::Version1
             : words[3] != "1" ? Absence::Disabled
                               : Absence::NotPassedOn;
    }
  }
  return Absence::Disabled;
}

Error absent_controllers(Absence why, const std::vector<CgroupSetting>& settings) {
  struct Words {
    const char* reason;
    const char* hint;
  };
  constexpr auto kWords = std::to_array<Words>({
      {"bound to cgroup v1 on this host",
       "boot it with systemd.unified_cgroup_hierarchy=1 or cgroup_no_v1=all, or declare "
       "limits.required = false"},
      {"off in this kernel",
       "see cgroup_disable= in /proc/cmdline, or declare "
       "limits.required = false"},
      {"not passed on to the container's cgroup",
       "delegate it to warren, or declare limits.required = false"},
  });
  const auto& words = kWords[static_cast<std::size_t>(why)];
  const std::string controllers = words_of(settings, &CgroupSetting::controller);
  return Error::because(
             "hold", words_of(settings, &CgroupSetting::limit),
             cat(controllers.contains(',') ? "the controllers " : "the controller ", controllers,
                 controllers.contains(',') ? " are " : " is ", words.reason))
      .advise(words.hint);
}

}  // namespace warren::plan
