// The names of containers in a hosts(5) file: a block between two marks, which is warren's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace warren::plan {

/// `text` with the names NAME.containers and NAME for these addresses, in place of what it had for
/// that container; without them for no address. What is not in the block stays byte for byte, and
/// an empty block goes.
[[nodiscard]] std::string with_names(std::string_view text, std::string_view container,
                                     const std::vector<std::string>& addresses);

/// `text` without the names of any container.
[[nodiscard]] std::string without_names(std::string_view text);

/// The containers that have names in it.
[[nodiscard]] std::vector<std::string> named_containers(std::string_view text);

}  // namespace warren::plan
