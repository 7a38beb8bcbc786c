// Subvolumes of btrfs(5), and snapshots of them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace warren::image {

/// Whether this directory is the root of a subvolume.
[[nodiscard]] bool is_subvolume(int directory);

/// The subvolumes that lie in this one, but not in one of those: paths relative to it.
[[nodiscard]] Result<std::vector<std::string>> list_subvolumes(int subvolume);

/// Makes `name` in the directory `parent` a writable snapshot of a subvolume, with the snapshots
/// of all subvolumes in it in their places. EXDEV or ENOTTY when it would be on another
/// file system.
[[nodiscard]] Result<> snapshot(int subvolume, int parent, const std::string& name);

}  // namespace warren::image
