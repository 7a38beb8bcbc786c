// `warren copy-to` and `warren copy-from`.
#pragma once

#include <string>
#include <vector>

#include "state/paths.h"

namespace warren::cli {

[[nodiscard]] int copy_to(const std::vector<std::string>& arguments, const state::Paths& paths);
[[nodiscard]] int copy_from(const std::vector<std::string>& arguments, const state::Paths& paths);
[[nodiscard]] std::string copy_to_help();
[[nodiscard]] std::string copy_from_help();

}  // namespace warren::cli
