// Which containers are made of an image.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace warren::image {

/// An image and a container that has a generation of it; several generations count once.
struct ImageUse {
  std::string image;      ///< the id
  std::string container;  ///< its name
  friend bool operator==(const ImageUse&, const ImageUse&) = default;
};

/// All uses, from STATE/containers/*/generations/*/image, sorted. A container being created has
/// its generation there before it has a `current` one.
[[nodiscard]] Result<std::vector<ImageUse>> image_uses(const std::string& state_directory);

}  // namespace warren::image
