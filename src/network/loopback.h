// The host's loopback addresses as a way into a container.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::network {

/// /proc/sys/net of this process's network namespace, which it stays.
[[nodiscard]] Result<UniqueFd> open_sysctls();

/// Lets packets from 127.0.0.1 and ::1 leave by `interface`, which leads to containers and to
/// nobody else, and their answers come back. That nobody comes in by that way to what listens on
/// the loopback is the packet filter's part, which has to be there before. Goes with the interface.
[[nodiscard]] Result<> open_loopback(int sysctls, const std::string& interface);

/// Takes the first back; what is gone need not go.
void close_loopback(int sysctls, const std::string& interface);

/// Nobody behind `interface` is to tell the host that he is its router.
void distrust(int sysctls, const std::string& interface);

}  // namespace warren::network
