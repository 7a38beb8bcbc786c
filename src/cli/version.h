// What warren says about itself.
#pragma once

#include <string>

namespace warren::cli {

/// One line; as systemd-nspawn the first word and number are the ones its users test for.
[[nodiscard]] std::string version_text(bool as_nspawn);

}  // namespace warren::cli
