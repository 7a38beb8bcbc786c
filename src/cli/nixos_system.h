// What `--system-path` of nixos-container means for a declaration.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "state/paths.h"

namespace warren::cli {

/// Settings, KEY=VALUE, of a container that runs what Nix has built at `path`. A system of NixOS
/// (it has a file nixos-version) is no root tree: its init is run in an empty one, which is an
/// image that is made here when it is not there. Anything else is taken for a root tree with an
/// init. What lies in the store ($NIX_STORE_DIR, /nix/store) also needs the store, which is shown
/// read-only.
[[nodiscard]] Result<std::vector<std::string>> system_settings(const std::string& path,
                                                               const state::Paths& paths);

}  // namespace warren::cli
