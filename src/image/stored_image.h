// An image of the store as its record tells it: the file `image` beside the tree, one KEY=VALUE
// a line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace warren::image {

struct StoredImage {
  std::string id;            ///< KIND-16 hexadecimal digits, or directory:PATH
  std::string source;        ///< what it was made from: busybox, debian:bookworm, archive:PATH …
  std::string root;          ///< absolute path of the tree
  std::string digest;        ///< SHA-256 of the archive it was unpacked from; else empty
  std::uint64_t bytes = 0;   ///< what the tree takes on disk
  std::int64_t created = 0;  ///< seconds since 1970
  std::vector<std::string> packages;
  std::vector<std::string> names;  ///< that imports gave it; not in the record
};

/// Whether `text` has the form of an id, so that it is safe as a file name.
[[nodiscard]] bool is_image_id(std::string_view text);

/// Whether `text` may name an imported image: letters, digits, `.`, `_`, `-`, `:` and `+`, a
/// letter or digit first, 64 at the most, and not in the form of an id.
[[nodiscard]] bool is_image_name(std::string_view text);

/// `kind` and 64 bits of `hash`.
[[nodiscard]] std::string make_image_id(std::string_view kind, std::uint64_t hash);

[[nodiscard]] std::string write_record(const StoredImage& image);
/// Fails for anything but what write_record() makes. Neither id nor root are set.
[[nodiscard]] Result<StoredImage> parse_record(std::string_view text);

}  // namespace warren::image
