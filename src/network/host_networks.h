// Which addresses of IPv4 mean something on this host already.
#pragma once

#include <vector>

#include "plan/address_pool.h"

namespace warren::network {

/// The networks that there are routes to, but for the default one, and the host's own addresses.
[[nodiscard]] std::vector<plan::Network4> host_networks();

}  // namespace warren::network
