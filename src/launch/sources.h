// What a container gets from the host: detached copies of host mounts, taken while the host's
// tree can still be seen.
#pragma once

#include <sys/stat.h>

#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "plan/plan.h"

namespace warren::launch {

struct OpenSource {
  UniqueFd tree;
  struct stat status = {};
  [[nodiscard]] bool is_directory() const { return S_ISDIR(status.st_mode); }
};

/// In the order of plan.sources. Temporary ones are made, for the container's root to own.
[[nodiscard]] Result<std::vector<OpenSource>> open_sources(const plan::Plan& plan);

}  // namespace warren::launch
