// Stops all processes of a running container for a while, and lets them go on.
#pragma once

#include <string>

#include "base/result.h"
#include "state/paths.h"

namespace warren::manager {

/// Returns when all of it stands still. A container that is paused already is fine; one that does
/// not run is ESRCH. Also for those of `warren spawn`.
[[nodiscard]] Result<> pause(const state::Paths& paths, const std::string& name);

/// The same the other way round.
[[nodiscard]] Result<> resume(const state::Paths& paths, const std::string& name);

}  // namespace warren::manager
