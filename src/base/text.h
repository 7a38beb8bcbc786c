// Small pure functions over text: taking it apart, reading numbers, putting it together.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace warren {

/// Views of the parts of `text` between `separator`s. An empty text has one empty part.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// The parts of `text` between `separator`s, where `\` takes the meaning from the character
/// behind it, as in systemd-nspawn's path lists: `a\:b:c` is `a:b` and `c`.
[[nodiscard]] std::vector<std::string> split_escaped(std::string_view text, char separator);

[[nodiscard]] std::string join(std::span<const std::string> parts, std::string_view separator);

/// `text` without blanks, tabs and line ends at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);

/// The whole of `text` as a number in `base`, without sign, blanks or prefix; nullopt otherwise,
/// also when it does not fit.
template <std::integral Number>
[[nodiscard]] std::optional<Number> parse_number(std::string_view text, int base = 10) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

/// 1/0, yes/no, true/false, on/off, y/n, t/f in any case, as systemd reads them.
[[nodiscard]] std::optional<bool> parse_boolean(std::string_view text);

/// A size in bytes with an optional binary suffix K, M, G, T, P, E (powers of 1024).
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);

/// `text` with C escapes (\n, \t, \\, \xHH, \ooo …) replaced; nullopt when one is malformed.
[[nodiscard]] std::optional<std::string> unescape_c(std::string_view text);

/// FNV-1a of `text`: well spread, and the same in every version of warren.
[[nodiscard]] std::uint64_t hash(std::string_view text);

/// The member of `candidates` closest to `word` (about a third of its letters may differ), for
/// "did you mean"; empty when none is close.
[[nodiscard]] std::string_view nearest(std::string_view word,
                                       std::span<const std::string_view> candidates);

namespace text_detail {
inline void append(std::string& out, std::string_view part) { out += part; }
inline void append(std::string& out, char part) { out += part; }
template <std::integral Number>
requires(!std::same_as<Number, char>) void append(std::string& out, Number number) {
  out += std::to_string(number);
}
}  // namespace text_detail

/// Texts and whole numbers in one string: cat("uid ", 3, ": ", name).
template <typename... Parts>
[[nodiscard]] std::string cat(const Parts&... parts) {
  std::string out;
  (text_detail::append(out, parts), ...);
  return out;
}

}  // namespace warren
