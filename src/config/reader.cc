#include "config/reader.h"

#include <algorithm>

#include "base/text.h"
#include "config/schema.h"
#include "config/toml.h"

namespace warren::config {

void Reader::refuse(const Position& at, std::string_view reason) {
  problems_.push_back({.at = at,
                       .message = path_.empty() ? std::string(reason) : cat(path_, ": ", reason),
                       .container = container_});
}

void Reader::refuse(const Position& at, const Error& error) {
  refuse(at, error.hint.empty() ? error.reason : cat(error.reason, " (", error.hint, ")"));
}

void Reader::refuse_missing(const Position& at, std::string_view reason) {
  if (completeness_ == Completeness::Whole) {
    refuse(at, reason);
  }
}

bool Reader::has_kind(const Value& value, unsigned kinds, std::string_view type) {
  if (is_of(value, kinds)) {
    return true;
  }
  std::string example;
  if (key_ != nullptr && !key_->example.empty()) {
    example = cat(" (for example ", key_->name, " = ", key_->example, ")");
  }
  refuse(value.at, cat("it is ", type, ", not ", value.kind(), example));
  return false;
}

void Reader::read_member(const Value& value, const Key& key, void* record) {
  if (value.is_null()) {
    return;
  }
  const Inside inside(*this, path_.empty() ? std::string(key.name) : cat(".", key.name));
  const Key* outer = std::exchange(key_, &key);
  if (has_kind(value, key.binding.kinds, key.binding.type)) {
    key.binding.read(*this, value, record);
  }
  key_ = outer;
}

namespace {

/// A key of the same name elsewhere in the table.
std::string same_elsewhere(std::string_view name) {
  for (const auto& path : key_paths()) {
    if (path.key->name == name) {
      return path.path;
    }
  }
  return {};
}

}  // namespace

void Reader::refuse_unknown(const Value& table, std::span<const Key> keys) {
  for (const auto& member : *table.members()) {
    if (std::ranges::find(keys, member.key, &Key::name) != keys.end()) {
      continue;
    }
    std::vector<std::string_view> names;
    std::ranges::transform(keys, std::back_inserter(names), &Key::name);
    std::string known(nearest(member.key, names));
    if (known.empty()) {
      known = same_elsewhere(member.key);
    }
    const Inside inside(*this, cat(path_.empty() ? "" : ".", to_toml_key(member.key)));
    refuse(member.at,
           known.empty() ? "no such key" : cat("no such key (did you mean ", known, "?)"));
  }
}

void Reader::read_record(const Value& table, std::span<const Key> keys, void* record) {
  for (const auto& key : keys) {
    if (const Member* member = table.find(key.name)) {
      read_member(member->value, key, record);
    }
  }
  refuse_unknown(table, keys);
}

}  // namespace warren::config
