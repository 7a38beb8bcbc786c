// Text that strangers made, for terminals and logs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace warren {

/// The length of the UTF-8 sequence at the beginning of `text`; 0 when it is none, or one of those
/// that control a terminal (U+0000 to U+001F, U+007F to U+009F). `text` is not empty.
[[nodiscard]] std::size_t printable_length(std::string_view text);

/// `text` as one line: every byte that controls a terminal, or is no UTF-8, is replaced by `?`.
[[nodiscard]] std::string printable_line(std::string_view text);

}  // namespace warren
