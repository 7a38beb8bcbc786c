// What of a declaration makes a container less of a boundary than it is by default.
#pragma once

#include <string>
#include <vector>

#include "spec/declaration.h"

namespace warren::manager {

/// One `KEY=VALUE` for each, in the words of the declaration.
[[nodiscard]] std::vector<std::string> weakenings(const spec::Declaration& declaration);

}  // namespace warren::manager
