// Where the host gets its Debian packages from, from the text of its apt sources.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace warren::image {

/// The host's sources of Debian's own packages for `suite` as lines for sources.list(5): the
/// suite itself, its updates and its security updates. `one_line` is the text of *.list files,
/// `deb822` that of *.sources files. Empty when the suite itself is not among them.
[[nodiscard]] std::vector<std::string> debian_sources(std::string_view suite,
                                                      std::string_view one_line,
                                                      std::string_view deb822);

}  // namespace warren::image
