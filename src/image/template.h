// A root tree made from another one (--template).
#pragma once

#include <string>

#include "base/result.h"

namespace warren::image {

/// Makes `directory` a copy of the tree `from`, sharing data blocks where the file system can, as
/// a snapshot where `from` is a btrfs subvolume. Either all of it appears, or nothing.
[[nodiscard]] Result<> copy_tree(const std::string& from, const std::string& directory);

}  // namespace warren::image
