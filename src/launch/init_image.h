// warren's own little init: the program that is process 1 for --as-pid2. It is built with warren
// and kept in its data; see programs/init.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::launch {

/// A sealed in-memory file with the program, for execveat(2): nothing of the host's is shown as
/// /proc/1/exe, and nobody can change it.
[[nodiscard]] Result<UniqueFd> open_init_image();

}  // namespace warren::launch
