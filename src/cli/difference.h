// What an update changes, in words.
#pragma once

#include <string>

#include "manager/update.h"

namespace warren::cli {

/// `limits.memory, bindMounts."/srv" (restart), a new image (restart)`.
[[nodiscard]] std::string to_text(const manager::Difference& difference);

}  // namespace warren::cli
