// A lock on a directory below /run/warren: one at a time changes what of the host's is shared.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::network {

/// Waits for it. The descriptor of the directory, which is made if need be, carries the lock.
[[nodiscard]] Result<UniqueFd> lock_directory(const std::string& path);

}  // namespace warren::network
