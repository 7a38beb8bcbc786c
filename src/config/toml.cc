#include "config/toml.h"

// The library asserts what it goes on to report as a mistake: a table's name that begins with a
// brace. So nothing is asserted, nor taken for true by the compiler.
#undef NDEBUG
#define TOML_ASSERT(expression) static_assert(true)
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
// std::from_chars for numbers: a stream would bring locales along, which every warren then holds.
#define TOML_INT_CHARCONV 1
#define TOML_FLOAT_CHARCONV 1
#define TOML_MAX_NESTED_VALUES 32
#include <toml++/toml.h>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace warren::config {
namespace {

static_assert(TOML_MAX_NESTED_VALUES == kDeepestNesting);

struct Mistake {
  std::size_t offset;
  std::string_view message;
};

/// Looks for what the library does not bear: keys with too many dots, as it bounds the nesting of
/// values only and each part of a dotted key is a table in a table; and letters beyond ASCII
/// outside of strings and comments, for some of which its behaviour is undefined.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::optional<Mistake> find() {
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    constexpr std::size_t kMostDots = 16;
    std::size_t dots = 0;
    at_ = text_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    for (; at_ < text_.size(); ++at_) {
      const char character = text_[at_];
      if (character == '"' || character == '\'') {
        skip_string(character);
      } else if (character == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
        dots = 0;
      } else if (character == '.') {
        if (++dots > kMostDots) {
          return Mistake{at_, "the key has too many parts"};
        }
      } else if ((static_cast<unsigned char>(character) & 0x80U) != 0) {
        return Mistake{at_, "letters beyond ASCII are in quotes, also in a key"};
      } else if (std::string_view("=,\n[{").find(character) != std::string_view::npos) {
        dots = 0;
      }
    }
    return std::nullopt;
  }

 private:
  void skip_string(char quote) {
    const std::string triple(3, quote);
    const bool multiline = text_.substr(at_, 3) == triple;
    at_ += multiline ? 3 : 1;
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\\' && quote == '"') {
        ++at_;
      } else if (multiline ? text_.substr(at_, 3) == triple : text_[at_] == quote) {
        at_ += multiline ? 2 : 0;
        return;
      } else if (text_[at_] == '\n' && !multiline) {
        return;  // a mistake, which the library will find
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

class Converter {
 public:
  Converter(std::shared_ptr<const std::string> file, Problems& problems)
      : file_(std::move(file)), problems_(problems) {}

  [[nodiscard]] Position place(const toml::source_region& region) const {
    return {.file = file_, .line = region.begin.line, .column = region.begin.column};
  }

  Value convert(const toml::node& node) {
    Value value = content_of(node);
    value.at = place(node.source());
    return value;
  }

 private:
  Value content_of(const toml::node& node) {
    switch (node.type()) {
      case toml::node_type::table:
        return table_of(*node.as_table());
      case toml::node_type::array: {
        Value::Array items;
        for (const auto& item : *node.as_array()) {
          items.push_back(convert(item));
        }
        return items;
      }
      case toml::node_type::string:
        return node.as_string()->get();
      case toml::node_type::integer:
        return node.as_integer()->get();
      case toml::node_type::floating_point:
        return node.as_floating_point()->get();
      case toml::node_type::boolean:
        return node.as_boolean()->get();
      default:
        problems_.push_back({.at = place(node.source()),
                             .message = "no setting is a date or a time: put quotes around it"});
        return {};
    }
  }

  /// The library sorts by key; the order of places is the order written.
  Value table_of(const toml::table& table) {
    Value value = Value::table();
    for (const auto& [key, node] : table) {
      value.members()->push_back(
          {.key = std::string(key.str()), .value = convert(node), .at = place(key.source())});
    }
    std::ranges::stable_sort(*value.members(), [](const Member& a, const Member& b) {
      return std::pair(a.at.line, a.at.column) < std::pair(b.at.line, b.at.column);
    });
    return value;
  }

  std::shared_ptr<const std::string> file_;
  Problems& problems_;
};

Position place_of_offset(std::string_view text, std::size_t offset,
                         std::shared_ptr<const std::string> file) {
  const auto before = text.substr(0, offset);
  const auto line = std::ranges::count(before, '\n') + 1;
  const auto start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return {.file = std::move(file),
          .line = static_cast<std::uint32_t>(line),
          .column = static_cast<std::uint32_t>(offset - start + 1)};
}

}  // namespace

std::optional<Value> parse_toml(std::string_view text, std::string_view file, Problems& problems) {
  const auto name = std::make_shared<const std::string>(file);
  if (text.size() > kLargestText) {
    problems.push_back({.at = {.file = name}, .message = "the file is larger than 4 MiB"});
    return std::nullopt;
  }
  if (const auto mistake = Scanner(text).find()) {
    problems.push_back({.at = place_of_offset(text, mistake->offset, name),
                        .message = std::string(mistake->message)});
    return std::nullopt;
  }
  const toml::parse_result result = toml::parse(text);
  Converter converter(name, problems);
  if (!result) {
    problems.push_back({.at = converter.place(result.error().source()),
                        .message = std::string(result.error().description())});
    return std::nullopt;
  }
  const std::size_t before = problems.size();
  Value value = converter.convert(result.table());
  return problems.size() == before ? std::optional(std::move(value)) : std::nullopt;
}

}  // namespace warren::config
