// What a container is, changed: `warren update` and `warren set`.
#pragma once

#include <string>
#include <vector>

#include "state/paths.h"

namespace warren::cli {

[[nodiscard]] int update(const std::vector<std::string>& arguments, const state::Paths& paths);
[[nodiscard]] std::string update_help();

[[nodiscard]] int set(const std::vector<std::string>& arguments, const state::Paths& paths);
[[nodiscard]] std::string set_help();

}  // namespace warren::cli
