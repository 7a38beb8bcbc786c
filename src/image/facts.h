// What the root tree says about itself: its init, its users, its identity. The tree may be a
// stranger's: every path is resolved beneath its root, every file is bounded.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "plan/facts.h"
#include "spec/container.h"

namespace warren::image {

/// Opens the root tree at `directory`. Fails when it is missing or not a directory.
[[nodiscard]] Result<UniqueFd> open_tree(const std::string& directory);

/// Reads what plan::make_plan() needs to know, and no more. `timezone` is the host's.
/// Fails when the container's user is not in its files, or these cannot be read.
[[nodiscard]] Result<plan::ImageFacts> read_facts(const spec::Container& container, int root,
                                                  const std::string& timezone);

}  // namespace warren::image
