// Services that a running container starts when they are declared.
#pragma once

#include <vector>

#include "base/result.h"
#include "config/schema.h"
#include "manager/live.h"

namespace warren::manager {

/// For the table of live.cc: writes what the services of `change.to` need, and tells init to look
/// again. What is not declared any more is not started again; this does not end it.
[[nodiscard]] Result<> start_new(const LiveChange& change);

/// BusyBox's init looks again only for what it keeps running; all others need another start.
void restart_for_services(std::vector<config::Change>& changes, const spec::Declaration& to);

}  // namespace warren::manager
