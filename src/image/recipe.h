// How an image is made: what names it before it exists, and the program that makes it.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "image/building.h"
#include "image/progress.h"
#include "image/stored_image.h"

namespace warren::image {

struct Recipe {
  /// source and packages, and the id unless the content names the image: then build() sets it.
  StoredImage image;
  /// What tells this build from others, as a part of a file name; the id where that is known.
  std::string key;
  /// Fills building.root(). What it leaves there when it fails is removed by the caller.
  std::function<Result<>(const Building& building, StoredImage& image, const Progress& progress)>
      build;
};

}  // namespace warren::image
