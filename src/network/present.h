// Whether the host has what a container's network is to be made of.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "kernel/netlink.h"
#include "kernel/rtnetlink.h"
#include "spec/container.h"

namespace warren::network {

/// The bridge called `name`. Errors name `setting`, which asked for it.
[[nodiscard]] Result<kernel::Link> find_bridge(const kernel::Netlink& netlink,
                                               const std::string& name, const std::string& setting);
/// The same for an interface that is not the loopback's.
[[nodiscard]] Result<kernel::Link> find_interface(const kernel::Netlink& netlink,
                                                  const std::string& name,
                                                  const std::string& setting);

/// Fails for a bridge, an interface or a network namespace that is not there, or is none; but for
/// those that are `excused`, by their name or path.
[[nodiscard]] Result<> check_present(
    const spec::Network& network, const std::function<bool(const std::string& name)>& excused =
                                      [](const auto&) { return false; });

/// Whether the network namespace of process `leader` has an interface of this name.
[[nodiscard]] bool has_interface(pid_t leader, const std::string& name);

}  // namespace warren::network
