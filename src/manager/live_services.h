// Services that a running container starts when they are declared.
#pragma once

#include "base/result.h"
#include "manager/live.h"

namespace warren::manager {

/// For the table of live.cc: writes what the services of `change.to` need, and tells init to look
/// again. What is not declared any more is not started again; this does not end it.
[[nodiscard]] Result<> start_new(const LiveChange& change);

}  // namespace warren::manager
