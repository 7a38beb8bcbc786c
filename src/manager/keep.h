// The monitor of a declared container: keeps it running as its restart policy says.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "manager/runnable.h"
#include "state/paths.h"
#include "state/record.h"

namespace warren::manager {

/// What `warren monitor --report` says on standard output; anything else is why it failed.
inline constexpr const char* kReady = "ready";
inline constexpr const char* kTaken = "taken";  ///< there is a monitor already

/// Called once, as soon as it is known whether the container got ready.
using StartReport = std::function<void(const Result<>& started)>;

/// Whose cgroup and journal a container gets: its own and none, or those of the unit that the
/// caller is in.
enum class Unit { None, Callers };

/// Runs container `name` until it is stopped, has powered off, or has failed for good, and
/// returns how that was; the same is kept in state::kLastFile. SIGTERM, SIGINT and SIGHUP stop
/// it, SIGQUIT kills it. Descriptors from 3 on must be free. Fails, without a run, when there is
/// no such container (ENOENT) or it runs already (EBUSY).
[[nodiscard]] Result<state::Ending> keep(const std::string& name, const state::Paths& paths,
                                         ApplyFlags apply_flags, Unit unit,
                                         const StartReport& report);

}  // namespace warren::manager
