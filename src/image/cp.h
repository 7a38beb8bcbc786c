// Copies a tree with cp(1), which knows hard links, extended attributes, sparse files and reflinks.
#pragma once

#include <string>

#include "base/result.h"

namespace warren::image {

/// Copies what is in `from`, but not what is mounted there, into the directory `to`. A signal that
/// asks warren to end, which the caller has blocked, ends the copy too. Fails with cp's first
/// complaint; what was copied until then stays.
[[nodiscard]] Result<> copy_contents(const std::string& from, const std::string& to);

/// Waits up to 50 ms for a signal that asks warren to end; fails when there was one.
[[nodiscard]] Result<> look_for_interruption();

}  // namespace warren::image
