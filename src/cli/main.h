// Which verb was asked for.
#pragma once

#include <string>
#include <vector>

namespace warren::cli {

/// Runs warren as `program` (argv[0]) with `arguments`; returns the exit status.
[[nodiscard]] int run(const std::string& program, const std::vector<std::string>& arguments);

}  // namespace warren::cli
