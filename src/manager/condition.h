// What state a declared container is in, from what its monitor has noted.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "state/paths.h"
#include "state/record.h"

namespace warren::manager {

enum class State { Stopped, Starting, Running, Stopping, Restarting, Failed, Paused };

[[nodiscard]] const char* name_of(State state);

struct Condition {
  State state = State::Stopped;
  /// While a monitor lives, and of one that was killed. Its generation is what runs, with what was
  /// changed live since.
  std::optional<state::Record> record;
  std::optional<state::Ending> last;  ///< how the run before this one ended
  std::string reason;                 ///< Failed: why, one line
};

/// Whether a monitor lives that keeps it, or is about to.
[[nodiscard]] bool has_monitor(const Condition& condition);

/// Never fails: what cannot be read is not there.
[[nodiscard]] Condition read_state(const state::Paths& paths, const std::string& name);

/// What is declared of a running container and does not hold on this host, a line each.
[[nodiscard]] std::vector<std::string> read_warnings(const state::Paths& paths,
                                                     const std::string& name);

/// Where all that is kept of container `name` is.
[[nodiscard]] std::string directory_of(const state::Paths& paths, const std::string& name);

/// The names of all containers, sorted.
[[nodiscard]] Result<std::vector<std::string>> container_names(const state::Paths& paths);

}  // namespace warren::manager
