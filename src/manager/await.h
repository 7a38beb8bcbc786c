// Waiting for what the monitor of a container does, without looking again and again.
#pragma once

#include <string>

#include "manager/condition.h"
#include "state/paths.h"

namespace warren::manager {

/// Waits as long as what is known of container `name` is what the caller has `seen`: until its
/// monitor has noted something else, or whoever has its name lets go of it. May return early.
void wait_for_change(const state::Paths& paths, const std::string& name, const Condition& seen);

}  // namespace warren::manager
