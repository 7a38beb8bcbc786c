// Waits for what happens in a directory: inotify(7).
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::kernel {

/// Tells from now on of every file that is renamed into the directory or written in it, and of
/// everybody who closes the directory itself: so also of the end of one who had a lock on it. Only
/// a few are to be had on a host (EMFILE).
[[nodiscard]] Result<UniqueFd> watch_directory(int directory);

/// Waits until it has happened, or the process of a pidfd has ended; -1 for none.
void wait_for_news(int watch, int process);

}  // namespace warren::kernel
