#include "base/text.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace warren {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string> split_escaped(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size()) {
      parts.back() += text[++i];
    } else if (text[i] == separator) {
      parts.emplace_back();
    } else {
      parts.back() += text[i];
    }
  }
  return parts;
}

std::string join(std::span<const std::string> parts, std::string_view separator) {
  std::string out;
  for (const auto& part : parts) {
    if (&part != parts.data()) {
      out += separator;
    }
    out += part;
  }
  return out;
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::optional<bool> parse_boolean(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  constexpr std::array<std::string_view, 6> kTrue = {"1", "yes", "y", "true", "t", "on"};
  constexpr std::array<std::string_view, 6> kFalse = {"0", "no", "n", "false", "f", "off"};
  if (std::ranges::find(kTrue, lower) != kTrue.end()) {
    return true;
  }
  if (std::ranges::find(kFalse, lower) != kFalse.end()) {
    return false;
  }
  return std::nullopt;
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::string_view kSuffixes = "KMGTPE";
  unsigned shift = 0;
  if (!text.empty()) {
    if (const auto at = kSuffixes.find(text.back()); at != std::string_view::npos) {
      shift = 10 * (static_cast<unsigned>(at) + 1);
      text.remove_suffix(1);
    }
  }
  const auto number = parse_number<std::uint64_t>(text);
  if (!number || *number > (UINT64_MAX >> shift)) {
    return std::nullopt;
  }
  return *number << shift;
}

namespace {

/// Reads the up to `most` digits of `base` at `at`; advances `at`. nullopt without any digit.
std::optional<char> read_code(std::string_view text, std::size_t& at, std::size_t most, int base) {
  std::size_t length = 0;
  while (length < most && at + length < text.size() &&
         parse_number<unsigned>(text.substr(at + length, 1), base)) {
    ++length;
  }
  const auto code = parse_number<unsigned>(text.substr(at, length), base);
  if (!code || *code > 0xFF) {
    return std::nullopt;
  }
  at += length;
  return static_cast<char>(*code);
}

std::optional<char> unescape_one(std::string_view text, std::size_t& at) {
  constexpr std::string_view kLetters = "abfnrtv\\\"'s";
  constexpr std::string_view kMeanings = "\a\b\f\n\r\t\v\\\"' ";
  const char letter = text[at];
  if (const auto known = kLetters.find(letter); known != std::string_view::npos) {
    ++at;
    return kMeanings[known];
  }
  if (letter == 'x') {
    ++at;
    return read_code(text, at, 2, 16);
  }
  return read_code(text, at, 3, 8);
}

}  // namespace

std::optional<std::string> unescape_c(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      out += text[at++];
      continue;
    }
    if (++at == text.size()) {
      return std::nullopt;
    }
    const auto character = unescape_one(text, at);
    if (!character) {
      return std::nullopt;
    }
    out += *character;
  }
  return out;
}

std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 14695981039346656037U;
  for (const unsigned char byte : text) {
    value = (value ^ byte) * 1099511628211U;
  }
  return value;
}

namespace {

/// Levenshtein distance: the fewest letters to insert, remove or replace.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    row[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, (word.size() + 1) / 3) + 1;
  for (const auto candidate : candidates) {
    if (const auto distance = edit_distance(word, candidate); distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace warren
