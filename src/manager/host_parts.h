// What a declared network needs of the host.
#pragma once

#include "base/result.h"
#include "spec/container.h"
#include "state/paths.h"

namespace warren::manager {

/// Fails, naming the key, when container `name` is to have a `network` of something that the host
/// has not. What its current generation has too is not looked for, as it may be away for the
/// moment, nor is an interface that a running container has.
[[nodiscard]] Result<> check_host_parts(const state::Paths& paths, const std::string& name,
                                        const spec::Network& network);

}  // namespace warren::manager
