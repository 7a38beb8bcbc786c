// JSON to and from a tree of values. Only json.cc knows the library that reads it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/problem.h"
#include "config/value.h"

namespace warren::config {

/// The value that `text` is, within the limits of toml.h; `file` is its name in positions. On a
/// mistake, a key that is there twice among them, nothing, and a problem is added.
[[nodiscard]] std::optional<Value> parse_json(std::string_view text, std::string_view file,
                                              Problems& problems);

enum class JsonForm {
  OneLine,   ///< `{"a":1,"b":[]}`
  Indented,  ///< one member a line; ends with a line end
};

/// A value as JSON: members in their order, always valid UTF-8 (a wrong byte becomes U+FFFD), a
/// number that JSON cannot say becomes null.
[[nodiscard]] std::string to_json(const Value& value, JsonForm form = JsonForm::Indented);

}  // namespace warren::config
