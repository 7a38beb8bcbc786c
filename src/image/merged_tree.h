// A root tree as its container will see it: with what it has changed on top.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::image {

/// A directory descriptor of `tree` with the layer in `changes` over it, for reading: a mount that
/// is nowhere but behind the descriptor. `tree` itself where there are no changes yet.
[[nodiscard]] Result<UniqueFd> open_merged(int tree, const std::string& changes);

}  // namespace warren::image
