// All containers of a host at a glance: those that are declared or made by hand, and those that
// `warren spawn` runs.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "manager/condition.h"
#include "manager/listing.h"
#include "state/paths.h"

namespace warren::manager {

struct Overview {
  std::string name;
  Condition condition;
  Listing listing;       ///< empty for one of `warren spawn`, but for the addresses it has
  pid_t leader = 0;      ///< 0 for none
  bool spawned = false;  ///< by `warren spawn`: nothing of it is kept
};

/// By name. No declaration and no image is read.
[[nodiscard]] Result<std::vector<Overview>> read_overviews(const state::Paths& paths);

/// One of them. ENOENT when there is none.
[[nodiscard]] Result<Overview> read_overview(const state::Paths& paths, const std::string& name);

}  // namespace warren::manager
