// What of a container's network is seen inside.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace warren::network {

/// The addresses of the network namespace of process `leader`, those of IPv4 first, as they are
/// now, whoever has set them: not those of the loopback interface, and none that is of use on its
/// own link only. Empty when it is this process's namespace too.
[[nodiscard]] Result<std::vector<std::string>> read_addresses(pid_t leader);

}  // namespace warren::network
