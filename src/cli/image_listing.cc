#include "cli/image_listing.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.h"

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

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      std::array<char, 8> escape;
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
      out += escape.data();
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string quoted(std::span<const std::string> texts) {
  std::vector<std::string> all;
  std::ranges::transform(texts, std::back_inserter(all),
                         [](const std::string& text) { return quoted(text); });
  return cat("[", join(all, ", "), "]");
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
  std::vector<std::string> objects;
  for (const auto& [image, users] : images) {
    objects.push_back(cat(R"(  {"id": )", quoted(image.id), R"(, "name": )", quoted(name_of(image)),
                          R"(, "names": )", quoted(image.names), R"(, "source": )",
                          quoted(image.source), R"(, "packages": )", quoted(image.packages),
                          R"(, "bytes": )", image.bytes, R"(, "created": )", image.created,
                          R"(, "users": )", quoted(users), "}"));
  }
  return objects.empty() ? "[]\n" : cat("[\n", join(objects, ",\n"), "\n]\n");
}

}  // namespace warren::cli
