// Facts about device nodes of this host.
#pragma once

#include <string>

#include "plan/facts.h"

namespace warren::host {

/// What the node at `path` is; a symbolic link is followed. Kind::Missing when there is nothing.
[[nodiscard]] plan::DeviceFact read_device(const std::string& path);

}  // namespace warren::host
