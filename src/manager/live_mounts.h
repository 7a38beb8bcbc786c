// Mounts of the host's that a running container gets when they are declared.
#pragma once

#include "base/result.h"
#include "manager/live.h"

namespace warren::manager {

/// For the table of live.cc: mounts what is new, and takes away what is not there any more, which
/// only what was mounted by this lets happen.
[[nodiscard]] Result<> mount_new(const LiveChange& change);

}  // namespace warren::manager
