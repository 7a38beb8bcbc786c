// Whether ports of the host are free to be forwarded.
#pragma once

#include <vector>

#include "base/result.h"
#include "spec/declaration.h"

namespace warren::network {

/// EADDRINUSE when a program of the host's listens on one of them, ENODEV when there is no such
/// interface. What is forwarded already listens nowhere: that is the packet filter's to say.
[[nodiscard]] Result<> check_ports_are_free(const std::vector<spec::ForwardPort>& ports);

}  // namespace warren::network
