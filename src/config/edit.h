// Single settings from the command line: `KEY=VALUE`.
#pragma once

#include <string_view>

#include "base/result.h"
#include "config/value.h"

namespace warren::config {

/// Sets one setting in a container's `table`: `limits.memory=1G`, `packages=["a","b"]`. The key is
/// one of the schema's; a part of it with other characters than letters, digits, `-` and `_` is in
/// quotes: `bindMounts."/srv/www".hostPath=/home/alice`. The value is TOML, or, where the key takes
/// a string, plain text.
[[nodiscard]] Result<> set(Value& table, std::string_view assignment);

}  // namespace warren::config
