// Stays with a program that was run in a running container: terminal, signals, its end.
#pragma once

#include <csignal>

#include "base/result.h"
#include "kernel/clone.h"
#include "kernel/process.h"
#include "kernel/terminal.h"

namespace warren::monitor {

/// Signals that attend() hands on to the program. They must be blocked from before it is started.
[[nodiscard]] sigset_t attended_signals();

/// Serves the program until it has ended. What a terminal would send to a group of processes goes
/// to the program's, the rest to itself. With a `terminal` (closed for none) the caller's streams
/// are connected with it, and `^]^]^]` ends the program.
[[nodiscard]] Result<kernel::Exit> attend(const kernel::Child& child, kernel::Terminal terminal);

}  // namespace warren::monitor
