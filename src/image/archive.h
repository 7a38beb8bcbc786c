// Images from tar archives and directories. The bytes are a stranger's: the helper program
// `unpack` reads them, locked up, see programs/unpack/.
#pragma once

#include <string>

#include "base/result.h"
#include "image/recipe.h"

namespace warren::image {

/// The archive at `path`. The key stands for the file as it is now: path, inode, size and times.
[[nodiscard]] Result<Recipe> archive_recipe(const std::string& path);

/// The archive or directory at `path`. The key is this process's alone.
[[nodiscard]] Result<Recipe> import_recipe(const std::string& path);

}  // namespace warren::image
