// The image `debian[:SUITE]`: a Debian with systemd and the packages that a declaration names,
// made by mmdebstrap.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "image/recipe.h"

namespace warren::image {

/// `suite` may be empty: the host's own when that is a Debian, else stable. Suite and packages
/// name the image, in whatever order these are. Packages come from where the host's come from, or
/// from $WARREN_DEBIAN_MIRROR. Fails for what cannot be the name of a suite or a package.
[[nodiscard]] Result<Recipe> debian_recipe(const std::string& wanted,
                                           std::span<const std::string> packages);

}  // namespace warren::image
