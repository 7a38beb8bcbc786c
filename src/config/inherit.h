// Containers that build on templates.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "config/problem.h"
#include "config/value.h"

namespace warren::config {

/// By name.
using Templates = std::map<std::string, const Member*, std::less<>>;

/// The table of `member`, a container or a template, laid over those that it inherits from: single
/// values and lists replace what is below, tables are merged key by key. A template that is not
/// there, and one that leads back to itself, are problems of `container`.
[[nodiscard]] Value resolve_inheritance(const Member& member, const Templates& templates,
                                        Problems& problems, const std::string& container);

}  // namespace warren::config
