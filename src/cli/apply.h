// `warren apply` and `warren up`: many containers as they shall be.
#pragma once

#include <string>
#include <vector>

#include "state/paths.h"

namespace warren::cli {

[[nodiscard]] int apply(const std::vector<std::string>& arguments, const state::Paths& paths);
[[nodiscard]] std::string apply_help();

[[nodiscard]] int up(const std::vector<std::string>& arguments, const state::Paths& paths);
[[nodiscard]] std::string up_help();

}  // namespace warren::cli
