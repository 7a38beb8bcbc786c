// What is done to one declared container as a whole, from outside its monitor.
#pragma once

#include <string>

#include "base/result.h"
#include "state/paths.h"

namespace warren::manager {

/// Starts a monitor for the container and returns when it is ready; ENOENT when there is no such
/// container. One that runs is left alone; one that is just starting or stopping is waited for.
[[nodiscard]] Result<> start(const state::Paths& paths, const std::string& name);

enum class Manner { Ask, Kill };

/// Ends the container and returns when nothing of it is left. One that does not run is fine, and
/// what a killed monitor left is taken back.
[[nodiscard]] Result<> stop(const state::Paths& paths, const std::string& name, Manner manner);

/// The same of one that is to be started again: its restart note stays.
[[nodiscard]] Result<> end_for_restart(const state::Paths& paths, const std::string& name);

/// Makes the container's init read its configuration again.
[[nodiscard]] Result<> reload(const state::Paths& paths, const std::string& name);

}  // namespace warren::manager
