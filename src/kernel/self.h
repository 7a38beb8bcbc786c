// This program once more, in a process of its own: the monitor, and those whom it lets in.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "base/result.h"
#include "kernel/clone.h"

namespace warren::kernel {

/// Starts this program with `words` as its arguments, argv[0] first, and `streams` as its standard
/// streams: in a session of its own, in the root directory, with no environment, no other
/// descriptor, no signal blocked, and SIGPIPE as by default. The caller has a single thread. When
/// the program cannot be executed the child ends with 70.
[[nodiscard]] Result<Child> start_self(const std::vector<std::string>& words,
                                       std::array<int, 3> streams);

}  // namespace warren::kernel
