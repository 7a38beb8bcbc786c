#include "config/edit.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "config/schema.h"
#include "config/toml.h"

namespace warren::config {
namespace {

/// The first `=` that is not in quotes.
std::size_t find_equals(std::string_view text) {
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (quote != 0) {
      quote = text[i] == quote ? '\0' : quote;
    } else if (text[i] == '"' || text[i] == '\'') {
      quote = text[i];
    } else if (text[i] == '=') {
      return i;
    }
  }
  return std::string_view::npos;
}

/// The value of the only key of `text`; none when it is no TOML, or has further keys.
std::optional<Member> only_member(const std::string& text) {
  Problems problems;
  const auto table = parse_toml(text, "", problems);
  return table && table->members()->size() == 1 ? std::optional(table->members()->front())
                                                : std::nullopt;
}

/// `a."b c".d` as its parts; empty when it is no key.
std::vector<std::string> parts_of(std::string_view key) {
  const bool one_line =
      std::ranges::none_of(key, [](unsigned char c) { return c < ' ' || c == '#'; });
  const auto outer = one_line ? only_member(cat(key, " = 0")) : std::nullopt;
  std::vector<std::string> parts;
  const Member* member = outer ? &*outer : nullptr;
  while (member != nullptr) {
    parts.push_back(member->key);
    const auto* inner = member->value.members();
    member = inner != nullptr && inner->size() == 1 ? &inner->front() : nullptr;
  }
  return parts;
}

const Key* find_key(Keys keys, std::string_view name) {
  const auto found = std::ranges::find(keys, name, &Key::name);
  return found != keys.end() ? &*found : nullptr;
}

/// What a value at the end of `parts` may be. Whether the key exists at all is told when the table
/// is read: there is one place that complains about keys.
unsigned kinds_at(const std::vector<std::string>& parts) {
  const Key* key = nullptr;
  for (const auto& group : groups()) {
    key = key != nullptr ? key : find_key(group.keys(), parts.front());
  }
  for (std::size_t i = 1; i < parts.size() && key != nullptr; ++i) {
    const bool named = key->binding.shape == Shape::Named;
    if (named && key->binding.keys == nullptr) {
      return kString;  // a variable
    }
    i += named ? 1 : 0;
    key = i < parts.size() && key->binding.keys != nullptr ? find_key(key->binding.keys(), parts[i])
                                                           : nullptr;
  }
  return key != nullptr ? key->binding.kinds : unsigned{kAny};
}

}  // namespace

Result<> set(Value& table, std::string_view assignment) {
  const auto equals = find_equals(assignment);
  if (equals == std::string_view::npos) {
    return Error::because("", assignment, "it is KEY=VALUE");
  }
  const std::string_view key = trim(assignment.substr(0, equals));
  const std::string text(assignment.substr(equals + 1));
  const auto parts = parts_of(key);
  if (parts.empty()) {
    return Error::because("", key, "it is no key")
        .advise("parts with other characters than letters, digits, - and _ are in quotes");
  }
  const unsigned kinds = kinds_at(parts);
  const auto as_toml = only_member(cat("x = ", text));
  Value value = text;
  if (as_toml && (is_of(as_toml->value, kinds) || (kinds & kString) == 0)) {
    value = as_toml->value;
  }
  Value* place = &table;
  for (const auto& part : parts) {
    if (place->members() == nullptr && !place->is_null()) {
      return Error::because("", key, cat("it is below ", place->kind(), ", not below a table"));
    }
    if (place->find(part) == nullptr) {
      place->set(part, Value());
    }
    place = &place->find(part)->value;
  }
  *place = std::move(value);
  return {};
}

}  // namespace warren::config
