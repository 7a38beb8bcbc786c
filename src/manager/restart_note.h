// A note, beside a container's generations, that it is being stopped to be started again. It stays
// where who does that is killed in between; then the next `update` or `apply` starts it.
#pragma once

#include <string>

#include "state/paths.h"

namespace warren::manager {

/// The file in the container's directory.
inline constexpr const char* kRestartNote = "restarting";

[[nodiscard]] bool has_restart_note(const state::Paths& paths, const std::string& name);
/// It is started again, or somebody wants it stopped.
void drop_restart_note(const state::Paths& paths, const std::string& name);

}  // namespace warren::manager
