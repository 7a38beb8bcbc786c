// What `--help` prints.
#pragma once

#include <string>

namespace warren::cli {

/// `warren --help`: fits a screen of 24 lines and 80 columns.
[[nodiscard]] std::string main_help();

/// `warren spawn --help`.
[[nodiscard]] std::string spawn_help();

}  // namespace warren::cli
