// `warren spawn`, also as `systemd-nspawn`: runs a root tree in the foreground.
#pragma once

#include <string>
#include <vector>

#include "state/paths.h"

namespace warren::cli {

/// Returns the exit status: the payload's own, 128 + N when signal N killed it, 125 when warren
/// failed, 126 when the program could not be executed, 127 when there is none.
[[nodiscard]] int spawn(const std::vector<std::string>& arguments, const state::Paths& paths,
                        bool as_nspawn);

}  // namespace warren::cli
