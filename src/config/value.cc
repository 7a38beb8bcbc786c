#include "config/value.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/text.h"

namespace warren::config {

std::string Position::text() const {
  const std::string name = file ? *file : std::string("?");
  return line == 0 ? name : cat(name, ":", line, ":", column);
}

bool Position::before(const Position& other) const {
  const std::string_view mine = file ? *file : std::string_view();
  const std::string_view others = other.file ? *other.file : std::string_view();
  return std::tie(mine, line, column) < std::tie(others, other.line, other.column);
}

Value Value::table(std::initializer_list<Member> members) {
  Value value;
  value.content_ = Table(members);
  return value;
}

const Member* Value::find(std::string_view key) const {
  const Table* table = members();
  if (table == nullptr) {
    return nullptr;
  }
  const auto found = std::ranges::find(*table, key, &Member::key);
  return found == table->end() ? nullptr : &*found;
}

Member* Value::find(std::string_view key) {
  return const_cast<Member*>(std::as_const(*this).find(key));
}

Value& Value::set(std::string_view key, Value value) {
  if (members() == nullptr) {
    content_ = Table();
  }
  if (Member* old = find(key)) {
    old->value = std::move(value);
  } else {
    members()->push_back({.key = std::string(key), .value = std::move(value)});
  }
  return *this;
}

Value& Value::push(Value value) {
  if (array() == nullptr) {
    content_ = Array();
  }
  array()->push_back(std::move(value));
  return *this;
}

std::string_view Value::kind() const {
  constexpr auto kNames = std::to_array<std::string_view>(
      {"nothing", "true or false", "a whole number", "a number", "a string", "a list", "a table"});
  return kNames[content_.index()];
}

bool operator==(const Value& a, const Value& b) {
  const auto* left = a.members();
  const auto* right = b.members();
  if (left == nullptr || right == nullptr) {
    return left == nullptr && right == nullptr && a.content_.index() == b.content_.index() &&
           (a.is_null() || (a.boolean() && *a.boolean() == *b.boolean()) ||
            (a.integer() && *a.integer() == *b.integer()) || (a.real() && *a.real() == *b.real()) ||
            (a.string() && *a.string() == *b.string()) || (a.array() && *a.array() == *b.array()));
  }
  return std::ranges::equal(*left, *right, [](const Member& x, const Member& y) {
    return x.key == y.key && x.value == y.value;
  });
}

}  // namespace warren::config
