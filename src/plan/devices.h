// The device nodes that a container names, and what may be done with which device.
#pragma once

#include <span>
#include <string>
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

/// What is allowed, but for nodes that are bound in: only who opens these knows what they are.
[[nodiscard]] std::vector<confine::DeviceRule> plan_device_rules(const spec::Container& container,
                                                                 const HostFacts& host);

/// Whether the nodes that are now in the bound directory `path`, such as /dev/dri, can be used: in
/// those of the host's /dev. In any other one they are dead, and so are those that come later.
[[nodiscard]] bool shows_nodes(const std::string& path);

/// A device node that is bound in: a source itself, or a node in one.
struct BoundNode {
  std::size_t source = 0;  ///< in Plan::sources
  DeviceFact::Kind kind = DeviceFact::Kind::Other;
  unsigned major = 0;
  unsigned minor = 0;
};

/// All that is allowed, the bound nodes too: that is what they are bound for. None of them can be
/// made, and those that are bound read-only cannot be written to, which the mount alone would let.
[[nodiscard]] std::vector<confine::DeviceRule> device_rules(const Plan& plan,
                                                            std::span<const BoundNode> nodes);

}  // namespace warren::plan
