// Addresses that containers take by themselves: `localAddress = "auto"`.
#pragma once

#include "base/result.h"
#include "spec/declaration.h"
#include "state/paths.h"

namespace warren::manager {

/// Replaces each `auto` by the pair of addresses that the container has, or takes now: it keeps it
/// as long as it exists and its pool is the same. What other containers keep, and what means
/// something on the host, is not taken.
[[nodiscard]] Result<> assign_addresses(spec::Declaration& declaration, const state::Paths& paths);

}  // namespace warren::manager
