// Containers that run now, found by their names.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "base/unique_fd.h"
#include "state/entry.h"
#include "state/paths.h"

namespace warren::manager {

struct Running {
  std::string name;
  UniqueFd leader;  ///< pidfd of process 1
  state::Entry entry;
};

/// The container `name` if its process 1 runs; ESRCH otherwise, also when it is only starting.
[[nodiscard]] Result<Running> find_running(const state::Paths& paths, const std::string& name);

/// The same, and none when it does not run.
[[nodiscard]] Result<std::optional<Running>> find_if_running(const state::Paths& paths,
                                                             const std::string& name);

/// Fails for one that is paused: what is started in it would stand still too.
[[nodiscard]] Result<> check_awake(const Running& running);
[[nodiscard]] bool is_paused(const Running& running);

/// The host's numbers for the user and the group of the container's root.
[[nodiscard]] Result<std::pair<uid_t, gid_t>> root_of(const Running& running);

/// The root of a running container, as its process 1 sees it: a directory descriptor from which
/// kernel::open_in_root() leads nowhere else.
[[nodiscard]] Result<UniqueFd> open_root(const Running& running);

/// Why something with a running container failed: `error`, or that the container ended meanwhile.
[[nodiscard]] Error reason_of(const Running& running, Error error);

}  // namespace warren::manager
