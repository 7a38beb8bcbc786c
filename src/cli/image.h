// `warren image`: the store of images.
#pragma once

#include <string>
#include <vector>

#include "state/paths.h"

namespace warren::cli {

/// image list|build|import|remove. Returns the exit status.
[[nodiscard]] int image(const std::vector<std::string>& arguments, const state::Paths& paths);

[[nodiscard]] std::string image_help();

}  // namespace warren::cli
