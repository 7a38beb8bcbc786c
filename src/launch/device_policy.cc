// Runs in: the launcher; device_rules() in the host's mount namespace.
#include "launch/device_policy.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/text.h"
#include "kernel/bpf.h"
#include "kernel/file.h"

namespace warren::launch {
namespace {

using confine::DeviceRule;

bool is_device(const struct stat& status) {
  return S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode);
}

DeviceRule rule_of(const struct stat& status, bool read_only) {
  return {.type = S_ISBLK(status.st_mode) ? DeviceRule::Type::Block : DeviceRule::Type::Character,
          .major = major(status.st_rdev),
          .minor = minor(status.st_rdev),
          .access = read_only ? DeviceRule::kRead : DeviceRule::kRead | DeviceRule::kWrite};
}

/// The nodes in a directory of /dev, such as /dev/dri. Those that come later are not allowed.
void add_directory(const std::string& path, bool read_only, std::vector<DeviceRule>& rules) {
  for (const auto& name : kernel::list_names(path).value_or({})) {
    const std::string below = cat(path, "/", name);
    const auto status = kernel::fstatat(AT_FDCWD, below);
    if (status && is_device(*status)) {
      rules.push_back(rule_of(*status, read_only));
    } else if (status && S_ISDIR(status->st_mode)) {
      add_directory(below, read_only, rules);
    }
  }
}

/// What is bound is allowed: that is what it is bound for. A mount that is read-only would not keep
/// anybody from writing to a device.
void add_bound(const plan::Plan& plan, std::span<const OpenSource> sources,
               std::vector<DeviceRule>& rules) {
  for (const auto& step : plan.steps) {
    const auto* const bind = std::get_if<plan::BindSource>(&step);
    if (bind == nullptr) {
      continue;
    }
    const auto& status = sources[bind->source].status;
    const std::string& path = plan.sources[bind->source].path;
    const bool read_only = (bind->flags & plan::kReadOnly) != 0;
    if (is_device(status)) {
      rules.push_back(rule_of(status, read_only));
    } else if (S_ISDIR(status.st_mode) && path.starts_with("/dev/")) {
      add_directory(path, read_only, rules);
    }
  }
}

}  // namespace

std::vector<DeviceRule> device_rules(const plan::Plan& plan, std::span<const OpenSource> sources) {
  std::vector<DeviceRule> rules = plan.devices;
  add_bound(plan, sources, rules);
  return rules;
}

Result<> hold_devices(int cgroup, std::span<const DeviceRule> rules, bool required) {
  auto program = kernel::load_device_program(confine::device_program(rules));
  auto held = program ? kernel::attach_device_program(cgroup, program->get())
                      : Result<>(std::move(program).error());
  if (!held && required) {
    return std::move(held).error().advise(
        "without it root inside could use every device: use a user namespace");
  }
  return {};
}

}  // namespace warren::launch
