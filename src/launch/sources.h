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

/// One that is temporary is made, for the container's root to own.
[[nodiscard]] Result<OpenSource> open_source(const plan::Source& wanted, const plan::IdRange& ids);

/// In the order of plan.sources.
[[nodiscard]] Result<std::vector<OpenSource>> open_sources(const plan::Plan& plan);

/// What the owners of a source's files are translated by.
struct SourceOwners {
  const plan::IdRange& ids;  ///< the container's
  int user_namespace = -1;   ///< the container's; -1 without one: nothing is translated
  int proc = -1;             ///< the host's /proc
};

/// Translates the owners of a bind mount's files as its declaration says. `place` is where it goes.
[[nodiscard]] Result<> map_source(const plan::Source& wanted, const OpenSource& source, int place,
                                  const SourceOwners& owners);

}  // namespace warren::launch
