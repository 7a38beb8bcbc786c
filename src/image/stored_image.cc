#include "image/stored_image.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

#include "base/text.h"

namespace warren::image {
namespace {

constexpr std::size_t kDigits = 16;

bool is_hexadecimal(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

template <typename Number>
bool read_number(Number& target, std::string_view value) {
  const auto number = parse_number<Number>(value);
  target = number.value_or(0);
  return number.has_value();
}

struct Key {
  std::string_view name;
  bool (*read)(StoredImage& image, std::string_view value);
};

constexpr auto kKeys = std::to_array<Key>({
    {"source",
     [](StoredImage& image, std::string_view value) {
       image.source = value;
       return !value.empty();
     }},
    {"digest",
     [](StoredImage& image, std::string_view value) {
       image.digest = value;
       return value.size() == 64 && is_hexadecimal(value);
     }},
    {"bytes",
     [](StoredImage& image, std::string_view value) { return read_number(image.bytes, value); }},
    {"created",
     [](StoredImage& image, std::string_view value) { return read_number(image.created, value); }},
    {"package",
     [](StoredImage& image, std::string_view value) {
       image.packages.emplace_back(value);
       return !value.empty();
     }},
});

bool read_line(StoredImage& image, std::string_view line) {
  const auto equals = line.find('=');
  const auto* key = std::ranges::find(kKeys, line.substr(0, equals), &Key::name);
  return equals != std::string_view::npos && key != kKeys.end() &&
         key->read(image, line.substr(equals + 1));
}

}  // namespace

bool is_image_id(std::string_view text) {
  const auto dash = text.find('-');
  return dash != std::string_view::npos && dash != 0 && text.size() == dash + 1 + kDigits &&
         std::ranges::all_of(text.substr(0, dash), [](char c) { return c >= 'a' && c <= 'z'; }) &&
         is_hexadecimal(text.substr(dash + 1));
}

bool is_image_name(std::string_view text) {
  constexpr std::string_view kOthers = "._-:+";
  constexpr std::size_t kMost = 64;
  const auto is_plain = [](unsigned char c) { return c < 0x80 && std::isalnum(c) != 0; };
  return !text.empty() && text.size() <= kMost && is_plain(static_cast<unsigned char>(text[0])) &&
         !is_image_id(text) && std::ranges::all_of(text, [&](char c) {
           return is_plain(static_cast<unsigned char>(c)) || kOthers.contains(c);
         });
}

std::string make_image_id(std::string_view kind, std::uint64_t hash) {
  std::array<char, kDigits> digits;
  const auto* const end = std::to_chars(digits.data(), digits.data() + digits.size(), hash, 16).ptr;
  const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));
  return cat(kind, "-", std::string(kDigits - text.size(), '0'), text);
}

std::string write_record(const StoredImage& image) {
  std::string text = cat("source=", image.source, "\n");
  if (!image.digest.empty()) {
    text += cat("digest=", image.digest, "\n");
  }
  text += cat("bytes=", image.bytes, "\ncreated=", image.created, "\n");
  for (const auto& package : image.packages) {
    text += cat("package=", package, "\n");
  }
  return text;
}

Result<StoredImage> parse_record(std::string_view text) {
  StoredImage image;
  std::size_t number = 1;
  if (!text.ends_with('\n')) {
    return Error::because("", "", "it is cut short");
  }
  text.remove_suffix(1);
  for (const auto line : split(text, '\n')) {
    if (!read_line(image, line)) {
      return Error::because("", cat("line ", number), "it is malformed");
    }
    ++number;
  }
  if (image.source.empty()) {
    return Error::because("", "", "it does not say what the image was made from");
  }
  return image;
}

}  // namespace warren::image
