// Runs in: the launcher; device_rules() in the host's mount namespace.
#include "launch/device_policy.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "kernel/bpf.h"
#include "kernel/file.h"
#include "plan/devices.h"

namespace warren::launch {
namespace {

using confine::DeviceRule;

bool is_device(const struct stat& status) {
  return S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode);
}

plan::BoundNode node_of(std::size_t source, const struct stat& status) {
  return {.source = source,
          .kind = S_ISBLK(status.st_mode) ? plan::DeviceFact::Kind::Block
                                          : plan::DeviceFact::Kind::Character,
          .major = major(status.st_rdev),
          .minor = minor(status.st_rdev)};
}

void find_nodes(std::size_t source, const std::string& directory,
                std::vector<plan::BoundNode>& nodes) {
  for (const auto& name : kernel::list_names(directory).value_or({})) {
    const std::string below = cat(directory, "/", name);
    const auto status = kernel::fstatat(AT_FDCWD, below);
    if (status && is_device(*status)) {
      nodes.push_back(node_of(source, *status));
    } else if (status && S_ISDIR(status->st_mode)) {
      find_nodes(source, below, nodes);
    }
  }
}

}  // namespace

std::vector<DeviceRule> device_rules(const plan::Plan& plan, std::span<const OpenSource> sources) {
  std::vector<plan::BoundNode> nodes;
  for (std::size_t source = 0; source < sources.size(); ++source) {
    const std::string& path = plan.sources[source].path;
    if (is_device(sources[source].status)) {
      nodes.push_back(node_of(source, sources[source].status));
    } else if (sources[source].is_directory() && plan::shows_nodes(path)) {
      find_nodes(source, path, nodes);
    }
  }
  return plan::device_rules(plan, nodes);
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
