// warren called as `nixos-container`: that tool's words, for hands and scripts that know them.
#pragma once

#include <string>
#include <vector>

#include "state/paths.h"

namespace warren::cli {

/// Returns the exit status.
[[nodiscard]] int nixos_container(const std::vector<std::string>& arguments,
                                  const state::Paths& paths);
[[nodiscard]] std::string nixos_container_help();

}  // namespace warren::cli
