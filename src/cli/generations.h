// What a container was before: `warren generations` and `warren rollback`.
#pragma once

#include <string>
#include <vector>

#include "state/paths.h"

namespace warren::cli {

[[nodiscard]] int rollback(const std::vector<std::string>& arguments, const state::Paths& paths);
[[nodiscard]] std::string rollback_help();

[[nodiscard]] int generations(const std::vector<std::string>& arguments, const state::Paths& paths);
[[nodiscard]] std::string generations_help();

}  // namespace warren::cli
