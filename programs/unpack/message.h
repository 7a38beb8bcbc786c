// What the unpacker says: one message a line, whatever names the archive has.
#pragma once

#include <string>
#include <string_view>

namespace warren::unpack {

/// `name` in a length that leaves room for what is said about it.
[[nodiscard]] std::string brief(std::string_view name);

/// Writes `kind` and `text` as one line to standard error; line ends in `text` become `?`.
void say(std::string_view kind, std::string_view text);

}  // namespace warren::unpack
