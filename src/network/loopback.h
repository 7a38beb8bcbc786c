// The host's loopback addresses as a way into a container.
#pragma once

#include <string>

#include "base/result.h"

namespace warren::network {

/// Lets packets from 127.0.0.1 and ::1 leave by `interface`, which leads to containers and to
/// nobody else, and their answers come back. That nobody comes in by that way to what listens on
/// the loopback is the packet filter's part, which has to be there before. Goes with the interface.
[[nodiscard]] Result<> open_loopback(const std::string& interface);

}  // namespace warren::network
