// Holds a container to its devices.
#pragma once

#include <span>

#include "base/result.h"
#include "launch/sources.h"
#include "plan/plan.h"

namespace warren::launch {

/// Attaches the program for the plan's devices, and for the nodes among its bound `sources`, to the
/// cgroup at the directory descriptor `cgroup`. A host that does not let it is an error only where
/// the plan says that nothing else would hold the container.
[[nodiscard]] Result<> hold_devices(int cgroup, const plan::Plan& plan,
                                    std::span<const OpenSource> sources);

}  // namespace warren::launch
