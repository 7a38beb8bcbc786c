// Values as TOML text, in the form that people write: one [header] for a table with settings of its
// own, short tables in one line.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "config/toml.h"

namespace warren::config {
namespace {

std::string quoted(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (character == '"' || character == '\\') {
      out += cat("\\", character);
    } else if (character == '\n' || character == '\t') {
      out += character == '\n' ? "\\n" : "\\t";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += cat("\\u00", kHex[byte >> 4], kHex[byte & 0xF]);
    } else {
      out += character;
    }
  }
  return out + '"';
}

std::string number_text(double number) {
  if (!std::isfinite(number)) {
    return std::isnan(number) ? "nan" : number < 0 ? "-inf" : "inf";
  }
  std::array<char, 64> digits;
  auto* const end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  std::string out(digits.data(), end);
  return out.find_first_of(".e") == std::string::npos ? out + ".0" : out;
}

bool is_list_of_tables(const Value& value) {
  const auto* items = value.array();
  return items != nullptr && !items->empty() &&
         std::ranges::all_of(*items, [](const Value& v) { return v.members() != nullptr; });
}

/// A table that gets a header of its own: one with tables inside, or too long for a line.
bool wants_header(const Value& value) {
  constexpr std::size_t kLongestLine = 80;
  const auto* members = value.members();
  return members != nullptr && !members->empty() &&
         (std::ranges::any_of(*members,
                              [](const Member& m) {
                                return m.value.members() != nullptr || is_list_of_tables(m.value);
                              }) ||
          to_toml_value(value).size() > kLongestLine);
}

void append_table(std::string& out, const std::string& path, const Value& table) {
  std::string settings;
  for (const auto& member : *table.members()) {
    if (!member.value.is_null() && !wants_header(member.value)) {
      settings += cat(to_toml_key(member.key), " = ", to_toml_value(member.value), "\n");
    }
  }
  if (!path.empty() && !settings.empty()) {
    out += cat(out.empty() ? "" : "\n", "[", path, "]\n");
  }
  out += settings;
  for (const auto& member : *table.members()) {
    if (wants_header(member.value)) {
      append_table(out, cat(path, path.empty() ? "" : ".", to_toml_key(member.key)), member.value);
    }
  }
}

}  // namespace

std::string to_toml_key(std::string_view key) {
  const bool bare = !key.empty() && std::ranges::all_of(key, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
  return bare ? std::string(key) : quoted(key);
}

std::string to_toml_value(const Value& value) {
  if (const auto* boolean = value.boolean()) {
    return *boolean ? "true" : "false";
  }
  if (const auto* integer = value.integer()) {
    return cat(*integer);
  }
  if (const auto* real = value.real()) {
    return number_text(*real);
  }
  if (const auto* string = value.string()) {
    return quoted(*string);
  }
  std::vector<std::string> parts;
  if (const auto* items = value.array()) {
    for (const auto& item : *items) {
      parts.push_back(to_toml_value(item));
    }
    return cat("[", join(parts, ", "), "]");
  }
  if (const auto* members = value.members()) {
    for (const auto& member : *members) {
      if (!member.value.is_null()) {
        parts.push_back(cat(to_toml_key(member.key), " = ", to_toml_value(member.value)));
      }
    }
  }
  return parts.empty() ? "{}" : cat("{ ", join(parts, ", "), " }");
}

std::string to_toml(const Value& table) {
  std::string out;
  if (table.members() != nullptr) {
    append_table(out, "", table);
  }
  return out;
}

}  // namespace warren::config
