// Where the root tree of a named machine is.
#pragma once

#include <string>

#include "base/result.h"

namespace warren::image {

/// The directory of machine `name` in the places that systemd-nspawn and machinectl look in.
[[nodiscard]] Result<std::string> find_tree(const std::string& name);

/// The path with all symbolic links resolved.
[[nodiscard]] Result<std::string> resolve(const std::string& path);

}  // namespace warren::image
