// The verbs that start and end declared containers, and their monitor.
#pragma once

#include <string>
#include <vector>

#include "state/paths.h"

namespace warren::cli {

enum class LifeVerb { Start, Stop, Restart, Reload, Terminate, Pause, Resume };

/// `warren start` and the like; returns the exit status.
[[nodiscard]] int change_life(const std::vector<std::string>& arguments, const state::Paths& paths,
                              LifeVerb verb);
[[nodiscard]] std::string life_help(LifeVerb verb);

/// Starts a container, or says why not, with the last lines of its log; the exit status.
[[nodiscard]] int start_and_tell(const state::Paths& paths, const std::string& name);

/// `warren monitor`, the process that stays; returns the exit status.
[[nodiscard]] int monitor(const std::vector<std::string>& arguments, const state::Paths& paths);
[[nodiscard]] std::string monitor_help();

}  // namespace warren::cli
