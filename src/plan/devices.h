// The device nodes that a container names, and what may be done with which device.
#pragma once

#include <vector>

#include "base/result.h"
#include "confine/device_program.h"
#include "plan/facts.h"
#include "plan/plan.h"
#include "spec/container.h"

namespace warren::plan {

/// Whether /dev/net/tun is there: where it is asked for, or, where nobody said, in a network of the
/// container's own. In the host's it could make no tunnel.
[[nodiscard]] bool shows_tunnels(const spec::Container& container, const HostFacts& host);

/// The nodes of `container.devices`, which belong to root inside and have the host's mode. Fails
/// for one that this host does not have.
[[nodiscard]] Result<std::vector<Step>> plan_named_devices(const spec::Container& container,
                                                           const HostFacts& host,
                                                           std::vector<Source>& sources);

/// What is allowed, but for nodes that are bound in: launch/ sees what these are.
[[nodiscard]] std::vector<confine::DeviceRule> plan_device_rules(const spec::Container& container,
                                                                 const HostFacts& host);

}  // namespace warren::plan
