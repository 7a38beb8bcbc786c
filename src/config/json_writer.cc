// Values as JSON text.
#include <array>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "config/json.h"

namespace warren::config {
namespace {

/// The length of the UTF-8 sequence that `text` begins with; 0 when it is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  const std::size_t length = first < 0x80                     ? 1
                             : first >= 0xC2 && first < 0xE0  ? 2
                             : first >= 0xE0 && first < 0xF0  ? 3
                             : first >= 0xF0 && first <= 0xF4 ? 4
                                                              : 0;
  if (length > text.size()) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) {
      return 0;
    }
  }
  // Overlong forms, surrogates, and what is above U+10FFFF.
  const bool wrong =
      length > 2 && ((first == 0xE0 && byte(1) < 0xA0) || (first == 0xED && byte(1) > 0x9F) ||
                     (first == 0xF0 && byte(1) < 0x90) || (first == 0xF4 && byte(1) > 0x8F));
  return wrong ? 0 : length;
}

void append_string(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::string_view kShort = "\b\f\n\r\t\"\\";
  constexpr std::string_view kLetters = "bfnrt\"\\";
  out += '"';
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.front());
    const std::size_t length = sequence_length(text);
    if (const auto known = kShort.find(text.front()); known != std::string_view::npos) {
      out += cat("\\", kLetters[known]);
    } else if (byte < 0x20 || byte == 0x7F) {
      out += cat("\\u00", kHex[byte >> 4], kHex[byte & 0xF]);
    } else if (length == 0) {
      out += "\uFFFD";
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

void append_real(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  std::array<char, 64> digits;
  const auto* const end = std::to_chars(digits.begin(), digits.end(), number).ptr;
  const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
  out += text;
  out += text.find_first_of(".e") == std::string_view::npos ? ".0" : "";
}

class Writer {
 public:
  explicit Writer(JsonForm form) : indented_(form == JsonForm::Indented) {}

  void append(const Value& value) {
    if (const auto* boolean = value.boolean()) {
      out += *boolean ? "true" : "false";
    } else if (const auto* integer = value.integer()) {
      out += std::to_string(*integer);
    } else if (const auto* real = value.real()) {
      append_real(out, *real);
    } else if (const auto* string = value.string()) {
      append_string(out, *string);
    } else if (const auto* items = value.array()) {
      append_all('[', *items, ']', [this](const Value& item) { append(item); });
    } else if (const auto* members = value.members()) {
      append_all('{', *members, '}', [this](const Member& member) {
        append_string(out, member.key);
        out += indented_ ? ": " : ":";
        append(member.value);
      });
    } else {
      out += "null";
    }
  }

  std::string out;

 private:
  template <typename Items, typename Append>
  void append_all(char open, const Items& items, char close, Append append_one) {
    out += open;
    ++depth_;
    for (const auto& item : items) {
      out += &item == items.data() ? "" : ",";
      new_line();
      append_one(item);
    }
    --depth_;
    if (!items.empty()) {
      new_line();
    }
    out += close;
  }

  void new_line() {
    if (indented_) {
      out += '\n';
      out.append(2 * depth_, ' ');
    }
  }

  bool indented_;
  std::size_t depth_ = 0;
};

}  // namespace

std::string to_json(const Value& value, JsonForm form) {
  Writer writer(form);
  writer.append(value);
  return form == JsonForm::Indented ? writer.out + '\n' : writer.out;
}

}  // namespace warren::config
