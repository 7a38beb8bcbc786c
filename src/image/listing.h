// The names in a directory.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace warren::image {

/// The names in `directory`, sorted, without `.` and `..`; none when there is no such directory.
[[nodiscard]] Result<std::vector<std::string>> list_directory(const std::string& directory);

}  // namespace warren::image
