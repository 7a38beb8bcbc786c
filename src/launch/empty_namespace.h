// A mount namespace with next to nothing in it, kept for launches on hosts with many mounts.
//
// A launch begins with a copy of a mount namespace, and the kernel copies it mount by mount: a
// thousand mounts on the host double the time. Where there are that many, the first launch leaves
// a namespace behind that is nearly empty, and later ones copy that. It is kept by a bind mount,
// which two lines in the host's mount table are, until the next boot.
#pragma once

#include <string>

#include "base/result.h"

namespace warren::launch {

/// Moves this process into the namespace kept at `pin`, if there is one.
[[nodiscard]] bool enter_empty_namespace(const std::string& pin);

/// Makes one and keeps it at `pin`, unless there is one or the host has few mounts.
[[nodiscard]] Result<> keep_empty_namespace(const std::string& pin);

}  // namespace warren::launch
