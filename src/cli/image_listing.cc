#include "cli/image_listing.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.h"
#include "config/json.h"

namespace warren::cli {
namespace {

/// What people call it: the names that imports gave, else what it was made from.
std::string name_of(const image::StoredImage& image) {
  return image.names.empty() ? image.source : join(image.names, ",");
}

std::string size_text(std::uint64_t bytes) {
  constexpr auto kUnits = std::to_array<const char*>({"KiB", "MiB", "GiB", "TiB"});
  double size = static_cast<double>(bytes) / 1024;
  std::size_t unit = 0;
  while (size >= 1024 && unit + 1 < kUnits.size()) {
    size /= 1024;
    ++unit;
  }
  std::array<char, 32> text;
  const int length = std::snprintf(text.data(), text.size(), "%.1f %s", size, kUnits[unit]);
  return {text.data(), static_cast<std::size_t>(length)};
}

using Row = std::array<std::string, 4>;

std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::vector<ListedImage> listed_images(std::span<const image::StoredImage> images,
                                       std::span<const image::ImageUse> uses) {
  std::vector<ListedImage> result;
  for (const auto& image : images) {
    ListedImage listed{.image = image, .users = {}};
    for (const auto& use : uses) {
      if (use.image == image.id) {
        listed.users.push_back(use.container);
      }
    }
    result.push_back(std::move(listed));
  }
  return result;
}

std::string to_table(std::span<const ListedImage> images) {
  std::vector<Row> rows = {{"NAME", "ID", "SIZE", "USERS"}};
  for (const auto& [image, users] : images) {
    rows.push_back(
        {name_of(image), image.id, size_text(image.bytes), users.empty() ? "-" : join(users, ",")});
  }
  std::array<std::size_t, 3> widths = {};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], columns(row[i]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) {
      text += cat(row[i], std::string(widths[i] - columns(row[i]) + 2, ' '));
    }
    text += cat(row.back(), "\n");
  }
  return text;
}

std::string to_json(std::span<const ListedImage> images) {
  config::Value all = config::Value::Array();
  for (const auto& [image, users] : images) {
    all.push(config::Value::table({{"id", image.id},
                                   {"name", name_of(image)},
                                   {"names", config::Value::list(image.names)},
                                   {"source", image.source},
                                   {"packages", config::Value::list(image.packages)},
                                   {"bytes", static_cast<std::int64_t>(image.bytes)},
                                   {"created", static_cast<std::int64_t>(image.created)},
                                   {"users", config::Value::list(users)}}));
  }
  return config::to_json(all);
}

}  // namespace warren::cli
