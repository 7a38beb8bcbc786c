// `warren logs`: what containers have printed on their consoles.
#pragma once

#include <string>
#include <vector>

#include "state/paths.h"

namespace warren::cli {

[[nodiscard]] int logs(const std::vector<std::string>& arguments, const state::Paths& paths);
[[nodiscard]] std::string logs_help();

}  // namespace warren::cli
