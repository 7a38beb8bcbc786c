// How much of the disk a tree takes.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace warren::image {

/// The bytes on disk of `directory` and all below it, as du(1) counts them: holes are free and a
/// file with many names counts once. Follows no symbolic link.
[[nodiscard]] Result<std::uint64_t> tree_size(const std::string& directory);

}  // namespace warren::image
