// An /etc/hosts of its own for a container of `warren spawn` that is on a bridge: above the one in
// its tree, which stays as it is. The names of others come and go in it.
#pragma once

#include <string>

#include "base/result.h"
#include "manager/hold.h"
#include "spec/container.h"
#include "state/paths.h"

namespace warren::manager {

/// Makes the file, of what the tree has, and adds its mount to `container`.
[[nodiscard]] Result<> give_own_hosts(spec::Container& container, const Held& held,
                                      const state::Paths& paths);

/// Where the file of container `name` is on the host, if it has one.
[[nodiscard]] std::string own_hosts_path(const state::Paths& paths, const std::string& name);

}  // namespace warren::manager
