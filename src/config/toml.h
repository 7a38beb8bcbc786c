// TOML 1.0 to and from a tree of values. Only toml.cc knows the library that reads it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/problem.h"
#include "config/value.h"

namespace warren::config {

/// What a text may have, whoever wrote it.
inline constexpr std::size_t kLargestText = std::size_t{4} << 20;
inline constexpr std::size_t kDeepestNesting = 32;

/// The table that `text` is; `file` is its name in positions. On a mistake nothing, and a problem
/// is added. Dates and times are refused: no setting is one.
[[nodiscard]] std::optional<Value> parse_toml(std::string_view text, std::string_view file,
                                              Problems& problems);

/// A table as TOML text. Null members are left out, as TOML has no null.
[[nodiscard]] std::string to_toml(const Value& table);

/// One value as TOML text on one line.
[[nodiscard]] std::string to_toml_value(const Value& value);

/// A key as it is written in TOML: bare, or quoted where it must be.
[[nodiscard]] std::string to_toml_key(std::string_view key);

}  // namespace warren::config
