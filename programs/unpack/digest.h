// The digest of what passes by.
#pragma once

#include "base/result.h"

namespace warren::unpack {

/// Copies standard input to standard output until its end, and writes the SHA-256 of it in
/// hexadecimal digits to `result`.
[[nodiscard]] Result<> digest(int result);

}  // namespace warren::unpack
