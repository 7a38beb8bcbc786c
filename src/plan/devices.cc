#include "plan/devices.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "base/text.h"

namespace warren::plan {
namespace {

using confine::DeviceRule;
using Kind = DeviceFact::Kind;

// Documentation/admin-guide/devices.txt of Linux.
const auto kAlways = std::to_array<DeviceRule>({
    {.major = 1, .minor = 3},  // null
    {.major = 1, .minor = 5},  // zero
    {.major = 1, .minor = 7},  // full
    {.major = 1, .minor = 8},  // random
    {.major = 1, .minor = 9},  // urandom
    {.major = 5, .minor = 0},  // tty
    {.major = 5, .minor = 2},  // ptmx
    {.major = 136},            // pts
    // What stands for an inaccessible one, in containers inside: there is no such device to open.
    {.type = DeviceRule::Type::Block, .major = 0, .minor = 0, .access = DeviceRule::kMake},
});
const DeviceRule kTunnel = {.major = 10, .minor = 200};

const DeviceFact* find(const HostFacts& host, const std::string& path) {
  const auto at = std::ranges::find(host.devices, path, &DeviceFact::path);
  return at != host.devices.end() ? &*at : nullptr;
}

bool is_device(const DeviceFact* fact) {
  return fact != nullptr && (fact->kind == Kind::Character || fact->kind == Kind::Block);
}

/// The directories that hold `path`, below /dev.
void make_parents(const std::string& path, std::vector<Step>& steps) {
  constexpr std::size_t kBelowDev = 5;
  for (auto slash = path.find('/', kBelowDev); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    steps.emplace_back(MakeDirectory{.path = path.substr(0, slash)});
  }
}

}  // namespace

bool shows_tunnels(const spec::Container& container, const HostFacts& host) {
  const bool own_network = container.network.isolated || !container.network.namespace_path.empty();
  return host.has_tun && container.tun.value_or(own_network);
}

Result<std::vector<Step>> plan_named_devices(const spec::Container& container,
                                             const HostFacts& host, std::vector<Source>& sources) {
  std::vector<Step> steps;
  if (container.tun.value_or(false) && !host.has_tun) {
    return Error::because("make", "/dev/net/tun", "this host has none")
        .advise("modprobe tun, or leave enableTun out");
  }
  for (const auto& device : container.devices) {
    const auto* const fact = find(host, device.node);
    if (!is_device(fact)) {
      return Error::because("allow", device.node,
                            fact == nullptr || fact->kind == Kind::Missing
                                ? "there is no such device on this host"
                                : "it is no device")
          .advise("see allowedDevices");
    }
    if (device.node == "/dev/net/tun" && shows_tunnels(container, host)) {
      continue;  // it is there already
    }
    make_parents(device.node, steps);
    if (host.can_make_devices) {
      const mode_t type = fact->kind == Kind::Block ? S_IFBLK : S_IFCHR;
      steps.emplace_back(MakeNode{.path = device.node,
                                  .mode = type | fact->mode,
                                  .major = fact->major,
                                  .minor = fact->minor});
    } else {
      sources.push_back({.path = device.node});
      steps.emplace_back(
          BindSource{.source = sources.size() - 1, .target = device.node, .recursive = false});
    }
  }
  return steps;
}

std::vector<DeviceRule> plan_device_rules(const spec::Container& container, const HostFacts& host) {
  std::vector<DeviceRule> rules(kAlways.begin(), kAlways.end());
  if (shows_tunnels(container, host)) {
    rules.push_back(kTunnel);
  }
  for (const auto& device : container.devices) {
    if (const auto* const fact = find(host, device.node); is_device(fact)) {
      rules.push_back({.type = fact->kind == Kind::Block ? DeviceRule::Type::Block
                                                         : DeviceRule::Type::Character,
                       .major = fact->major,
                       .minor = fact->minor,
                       .access = confine::device_access(device.modifier)});
    }
  }
  return rules;
}

bool shows_nodes(const std::string& path) { return path.starts_with("/dev/"); }

std::vector<DeviceRule> device_rules(const Plan& plan, std::span<const BoundNode> nodes) {
  std::vector<DeviceRule> rules = plan.devices;
  for (const auto& step : plan.steps) {
    const auto* const bind = std::get_if<BindSource>(&step);
    if (bind == nullptr) {
      continue;
    }
    const bool read_only = (bind->flags & kReadOnly) != 0;
    for (const auto& node : nodes) {
      if (node.source == bind->source) {
        rules.push_back(
            {.type =
                 node.kind == Kind::Block ? DeviceRule::Type::Block : DeviceRule::Type::Character,
             .major = node.major,
             .minor = node.minor,
             .access = read_only ? DeviceRule::kRead : DeviceRule::kRead | DeviceRule::kWrite});
      }
    }
  }
  return rules;
}

}  // namespace warren::plan
