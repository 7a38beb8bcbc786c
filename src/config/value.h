// A tree of values as a person wrote them, in TOML or JSON, in which everything knows its place.
// Also what the --json verbs build their answers from.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace warren::config {

/// FILE:LINE:COLUMN of something written; lines and columns count from 1, 0 is nowhere.
struct Position {
  std::shared_ptr<const std::string> file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;

  /// "FILE:LINE:COLUMN", or what is known of it.
  [[nodiscard]] std::string text() const;
  /// By name of the file, line and column.
  [[nodiscard]] bool before(const Position& other) const;
};

struct Member;

class Value {
 public:
  using Array = std::vector<Value>;
  using Table = std::vector<Member>;  ///< in the order written; no key is there twice

  Value() = default;                          ///< null
  Value(bool boolean) : content_(boolean) {}  // NOLINT: implicit
  Value(double number) : content_(number) {}  // NOLINT: implicit
  Value(std::integral auto number) : content_(static_cast<std::int64_t>(number)) {}  // NOLINT
  Value(std::string text) : content_(std::move(text)) {}         // NOLINT: implicit
  Value(std::string_view text) : content_(std::string(text)) {}  // NOLINT: implicit
  Value(const char* text) : content_(std::string(text)) {}       // NOLINT: implicit
  Value(Array items) : content_(std::move(items)) {}             // NOLINT: implicit
  template <typename T>
  Value(const std::optional<T>& maybe) {  // NOLINT: implicit
    if (maybe) {
      *this = Value(*maybe);
    }
  }
  /// A list of what has values.
  template <typename T>
  [[nodiscard]] static Value list(const std::vector<T>& items) {
    return Array(items.begin(), items.end());
  }
  /// A table: Value::table({{"name", "web"}, {"leader", 17}}).
  [[nodiscard]] static Value table(std::initializer_list<Member> members = {});

  [[nodiscard]] bool is_null() const { return content_.index() == 0; }
  [[nodiscard]] const bool* boolean() const { return std::get_if<bool>(&content_); }
  [[nodiscard]] const std::int64_t* integer() const { return std::get_if<std::int64_t>(&content_); }
  [[nodiscard]] const double* real() const { return std::get_if<double>(&content_); }
  [[nodiscard]] const std::string* string() const { return std::get_if<std::string>(&content_); }
  [[nodiscard]] const Array* array() const { return std::get_if<Array>(&content_); }
  [[nodiscard]] const Table* members() const { return std::get_if<Table>(&content_); }
  [[nodiscard]] Array* array() { return std::get_if<Array>(&content_); }
  [[nodiscard]] Table* members() { return std::get_if<Table>(&content_); }

  /// The member of a table with this key; null when there is none or this is no table.
  [[nodiscard]] const Member* find(std::string_view key) const;
  [[nodiscard]] Member* find(std::string_view key);

  /// Sets a member of a table, in its old place or at the end. Null becomes a table.
  Value& set(std::string_view key, Value value);
  /// Appends to a list. Null becomes a list.
  Value& push(Value value);

  /// "a string", "a list" … for messages.
  [[nodiscard]] std::string_view kind() const;

  /// Content, not positions.
  friend bool operator==(const Value& a, const Value& b);

  Position at;  ///< where the value starts

 private:
  std::variant<std::monostate, bool, std::int64_t, double, std::string, Array, Table> content_;
};

struct Member {
  std::string key;
  Value value;
  Position at{};  ///< where the key starts
};

}  // namespace warren::config
