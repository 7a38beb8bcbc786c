// `warren list` and `warren status`: which containers there are and how they are.
#pragma once

#include <string>
#include <vector>

#include "config/value.h"
#include "manager/overview.h"
#include "state/paths.h"

namespace warren::cli {

[[nodiscard]] int list(const std::vector<std::string>& arguments, const state::Paths& paths);
[[nodiscard]] std::string list_help();

[[nodiscard]] int status(const std::vector<std::string>& arguments, const state::Paths& paths);
[[nodiscard]] std::string status_help();

/// What `list --json` says of a container.
[[nodiscard]] config::Value to_value(const manager::Overview& overview);

}  // namespace warren::cli
