// What `warren list` shows of a generation: a small file beside its declaration, so that five
// hundred containers are listed without reading five hundred declarations.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "spec/declaration.h"

namespace warren::manager {

struct Listing {
  unsigned generation = 0;  ///< 0 when the file cannot be read
  std::string image;        ///< as people write it: debian:bookworm
  bool auto_start = false;
  std::vector<std::string> addresses;  ///< of the inside, without prefix lengths
  friend bool operator==(const Listing&, const Listing&) = default;
};

[[nodiscard]] Listing make_listing(const spec::Declaration& declaration);

/// One KEY=VALUE a line. The generation is not in it: its place says that.
[[nodiscard]] std::string to_text(const Listing& listing);
/// Lenient: what it does not know, or cannot read, is left out.
[[nodiscard]] Listing parse_listing(std::string_view text);

}  // namespace warren::manager
