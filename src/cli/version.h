// What warren says about itself.
#pragma once

#include <string>

namespace warren::cli {

/// One line; as systemd-nspawn the first word and number are the ones its users test for.
[[nodiscard]] std::string version_text(bool as_nspawn);

/// `warren --help`, and `warren spawn --help`.
[[nodiscard]] std::string main_help();
[[nodiscard]] std::string spawn_help();

}  // namespace warren::cli
