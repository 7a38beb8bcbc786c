// --system-call-filter of `warren spawn`.
#pragma once

#include <string_view>

#include "base/result.h"
#include "spec/container.h"

namespace warren::cli {

/// Adds the rules that a value of the option names. Fails where it names no call or group.
[[nodiscard]] Result<> add_system_calls(spec::Security& security, std::string_view value);

}  // namespace warren::cli
