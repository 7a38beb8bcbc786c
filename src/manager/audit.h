// What weakens a container of this host, declared or run by `warren spawn`.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "manager/weakenings.h"
#include "state/paths.h"

namespace warren::manager {

/// Of the current generation, or of a running `warren spawn`. ENOENT when there is neither.
[[nodiscard]] Result<std::vector<Weakening>> audit(const state::Paths& paths,
                                                   const std::string& name);

}  // namespace warren::manager
