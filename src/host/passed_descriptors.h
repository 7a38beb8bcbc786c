// Descriptors that a service manager passed in (sd_listen_fds(3)).
#pragma once

#include <string>
#include <vector>

namespace warren::host {

/// The name of each passed descriptor from 3 on, "unknown" where it has none. Empty unless
/// $LISTEN_PID is this process.
[[nodiscard]] std::vector<std::string> passed_descriptors();

}  // namespace warren::host
