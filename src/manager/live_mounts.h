// Mounts of the host's that a running container gets when they are declared.
#pragma once

#include <vector>

#include "base/result.h"
#include "config/schema.h"
#include "manager/live.h"

namespace warren::manager {

/// For the table of live.cc: mounts what is new, and takes away what is not there any more, which
/// only what was mounted by this lets happen.
[[nodiscard]] Result<> mount_new(const LiveChange& change);

/// A container is held to its devices from its start on: what shows more of them needs another.
void restart_for_devices(std::vector<config::Change>& changes, const spec::Declaration& to);

}  // namespace warren::manager
