#include "config/json.h"

#define JSON_NO_IO 1
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "config/toml.h"

namespace warren::config {
namespace {

/// Where the reader is, and where the value that it reads last has started.
class Place {
 public:
  void pass(char character) {
    const bool starts_value = !in_string_ && !in_word_ && is_start(character);
    if (starts_value) {
      start_line = line;
      start_column = column;
    }
    if (in_string_) {
      in_string_ = escaped_ || character != '"';
      escaped_ = !escaped_ && character == '\\';
    } else {
      in_string_ = character == '"';
      in_word_ = is_word(character);
    }
    if (character == '\n') {
      ++line;
      column = 1;
    } else if ((static_cast<unsigned char>(character) & 0xC0U) != 0x80) {
      ++column;  // a character, not a byte
    }
  }

  std::uint32_t line = 1;
  std::uint32_t column = 1;
  std::uint32_t start_line = 1;
  std::uint32_t start_column = 1;

 private:
  static bool is_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' || c == '.' ||
           c == 'E';
  }
  static bool is_start(char c) { return is_word(c) || c == '"' || c == '{' || c == '['; }

  bool in_string_ = false;
  bool in_word_ = false;
  bool escaped_ = false;
};

/// Goes through the text and tells `place` what it has passed.
class CountingIterator {
 public:
  // NOLINTBEGIN(readability-identifier-naming): std::iterator_traits names these
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;
  // NOLINTEND(readability-identifier-naming)

  CountingIterator(const char* at, Place* place) : at_(at), place_(place) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    place_->pass(*at_++);
    return *this;
  }
  CountingIterator operator++(int) {
    CountingIterator before = *this;
    ++*this;
    return before;
  }
  friend bool operator==(const CountingIterator& a, const CountingIterator& b) {
    return a.at_ == b.at_;
  }
  friend bool operator!=(const CountingIterator& a, const CountingIterator& b) { return !(a == b); }

 private:
  const char* at_;
  Place* place_;
};

/// Receives what the library reads and builds the tree. A function that returns false ends it.
class Builder {
 public:
  Builder(std::string_view file, const Place& place, Problems& problems)
      : file_(std::make_shared<const std::string>(file)), place_(place), problems_(problems) {}

  bool null() { return add(Value()); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) {
    return value <= INT64_MAX ? add(value) : refuse("the number is too large");
  }
  bool number_float(double value, const std::string&) { return add(value); }
  bool string(std::string& text) { return add(std::move(text)); }
  bool binary(std::vector<std::uint8_t>&) { return refuse("it is no JSON"); }
  bool start_object(std::size_t) { return open(Value::table()); }
  bool start_array(std::size_t) { return open(Value::Array()); }
  bool end_array() { return close(); }
  bool end_object() { return check_keys(*open_.back().members()) && close(); }
  bool key(std::string& name) {
    open_.back().members()->push_back({.key = std::move(name), .value = {}, .at = start()});
    return true;
  }

  template <typename Exception>
  bool parse_error(std::size_t, const std::string&, const Exception& error) {
    const std::string_view text = error.what();
    if (text.find("out_of_range") != std::string_view::npos) {
      return refuse("the number is too large");
    }
    const auto at = text.find(" - ");  // behind what the library says about itself
    problems_.push_back(
        {.at = {.file = file_, .line = place_.line, .column = place_.column},
         .message = cat("the JSON is malformed: ",
                        printable(at == std::string_view::npos ? text : text.substr(at + 3)))});
    return false;
  }

  Value result;

 private:
  [[nodiscard]] Position start() const {
    return {.file = file_, .line = place_.start_line, .column = place_.start_column};
  }

  static std::string printable(std::string_view text) {
    constexpr std::size_t kLongest = 160;
    std::string out(text.substr(0, kLongest));
    std::ranges::replace_if(
        out, [](unsigned char c) { return c < 0x20 || c >= 0x7F; }, '?');
    return out;
  }

  bool refuse(std::string_view reason) { return refuse(start(), reason); }
  bool refuse(Position at, std::string_view reason) {
    problems_.push_back({.at = std::move(at), .message = std::string(reason)});
    return false;
  }

  bool open(Value value) {
    if (open_.size() == kDeepestNesting) {
      return refuse("it is nested too deeply");
    }
    value.at = start();
    open_.push_back(std::move(value));
    return true;
  }

  bool close() {
    Value value = std::move(open_.back());
    open_.pop_back();
    place(std::move(value));
    return true;
  }

  bool add(Value value) {
    value.at = start();
    place(std::move(value));
    return true;
  }

  void place(Value value) {
    if (open_.empty()) {
      result = std::move(value);
    } else if (auto* items = open_.back().array()) {
      items->push_back(std::move(value));
    } else {
      open_.back().members()->back().value = std::move(value);
    }
  }

  bool check_keys(const Value::Table& members) {
    std::vector<const Member*> sorted;
    for (const auto& member : members) {
      sorted.push_back(&member);
    }
    std::ranges::stable_sort(sorted, {}, &Member::key);
    const auto twice = std::ranges::adjacent_find(sorted, {}, &Member::key);
    return twice == sorted.end() ||
           refuse((*(twice + 1))->at, cat("the key '", (*twice)->key, "' is there twice"));
  }

  std::shared_ptr<const std::string> file_;
  const Place& place_;
  Problems& problems_;
  std::vector<Value> open_;
};

}  // namespace

std::optional<Value> parse_json(std::string_view text, std::string_view file, Problems& problems) {
  if (text.size() > kLargestText) {
    Position at;
    at.file = std::make_shared<const std::string>(file);
    problems.push_back({std::move(at), "the file is larger than 4 MiB", {}});
    return std::nullopt;
  }
  Place place;
  Builder builder(file, place, problems);
  const bool whole =
      nlohmann::json::sax_parse(CountingIterator(text.data(), &place),
                                CountingIterator(text.data() + text.size(), &place), &builder);
  return whole ? std::optional(std::move(builder.result)) : std::nullopt;
}

}  // namespace warren::config
