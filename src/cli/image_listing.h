// Images and who uses them, as a table and as JSON.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "image/in_use.h"
#include "image/stored_image.h"

namespace warren::cli {

struct ListedImage {
  image::StoredImage image;
  std::vector<std::string> users;  ///< names of containers
};

[[nodiscard]] std::vector<ListedImage> listed_images(std::span<const image::StoredImage> images,
                                                     std::span<const image::ImageUse> uses);

/// One image a line, the columns aligned.
[[nodiscard]] std::string to_table(std::span<const ListedImage> images);
/// An array of objects: id, name, names, source, packages, bytes, created, users.
[[nodiscard]] std::string to_json(std::span<const ListedImage> images);

}  // namespace warren::cli
