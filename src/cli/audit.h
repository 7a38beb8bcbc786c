// `warren audit`: what makes containers less of a boundary than they are by default.
#pragma once

#include <string>
#include <vector>

#include "state/paths.h"

namespace warren::cli {

[[nodiscard]] int audit(const std::vector<std::string>& arguments, const state::Paths& paths);
[[nodiscard]] std::string audit_help();

}  // namespace warren::cli
