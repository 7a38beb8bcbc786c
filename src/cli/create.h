// `warren create` and `warren destroy`.
#pragma once

#include <string>
#include <vector>

#include "state/paths.h"

namespace warren::cli {

[[nodiscard]] int create(const std::vector<std::string>& arguments, const state::Paths& paths);
[[nodiscard]] std::string create_help();

[[nodiscard]] int destroy(const std::vector<std::string>& arguments, const state::Paths& paths);
[[nodiscard]] std::string destroy_help();

}  // namespace warren::cli
