// Holds a container to its devices.
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "launch/sources.h"
#include "plan/plan.h"

namespace warren::launch {

/// The plan's devices, and the nodes among its bound `sources`. Reads the host's /dev.
[[nodiscard]] std::vector<confine::DeviceRule> device_rules(const plan::Plan& plan,
                                                            std::span<const OpenSource> sources);

/// Attaches the program for the rules to the cgroup at the directory descriptor `cgroup`. A host
/// that does not let it is an error only if it is `required`: nothing else would hold the
/// container.
[[nodiscard]] Result<> hold_devices(int cgroup, std::span<const confine::DeviceRule> rules,
                                    bool required);

}  // namespace warren::launch
