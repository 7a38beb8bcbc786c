// Stopping all processes of a cgroup for a while: cgroup.freeze, in the kernel's cgroup-v2.rst.
#pragma once

#include "base/result.h"

namespace warren::state {

/// Freezes the cgroup at the directory descriptor `cgroup` and waits until all of it stands still;
/// ETIMEDOUT, and it runs on, when a process in the kernel's hands does not for ten seconds. A
/// frozen process can be killed.
[[nodiscard]] Result<> freeze(int cgroup);

[[nodiscard]] Result<> thaw(int cgroup);

/// Whether it has been frozen, itself and not one above it.
[[nodiscard]] bool is_frozen(int cgroup);

}  // namespace warren::state
