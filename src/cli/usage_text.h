// What a container uses, as `warren status` shows it.
#pragma once

#include <string>

#include "config/value.h"
#include "manager/usage.h"

namespace warren::cli {

[[nodiscard]] config::Value to_value(const manager::Usage& usage);

/// "memory 12.5M of 512M, tasks 3 of 4096, cpu 0.2s of 1.5 processors"
[[nodiscard]] std::string to_text(const manager::Usage& usage);

}  // namespace warren::cli
