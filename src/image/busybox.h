// The image `busybox`: a small system of the host's static BusyBox alone.
#pragma once

#include "base/result.h"
#include "image/recipe.h"

namespace warren::image {

/// Fails when the host has no busybox, or one that needs libraries. Its size and date name the
/// image, so that another version is another image.
[[nodiscard]] Result<Recipe> busybox_recipe();

}  // namespace warren::image
