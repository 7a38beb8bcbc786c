#include "base/printable.h"

#include <array>

namespace warren {
namespace {

unsigned byte_at(std::string_view text, std::size_t place) {
  return static_cast<unsigned char>(text[place]);
}

/// By its first byte; 0 for one that begins none.
std::size_t sequence_length(unsigned first) {
  return first < 0x80   ? 1
         : first < 0xC2 ? 0
         : first < 0xE0 ? 2
         : first < 0xF0 ? 3
         : first < 0xF5 ? 4
                        : 0;
}

}  // namespace

std::size_t printable_length(std::string_view text) {
  const std::size_t length = sequence_length(byte_at(text, 0));
  if (length == 0 || text.size() < length) {
    return 0;
  }
  // What the first byte has of the code point, and the smallest one that needs the length.
  constexpr std::array<unsigned, 5> kMask = {0, 0x7F, 0x1F, 0x0F, 0x07};
  constexpr std::array<unsigned, 5> kSmallest = {0, 0x20, 0xA0, 0x800, 0x10000};
  unsigned point = byte_at(text, 0) & kMask[length];
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte_at(text, i) & 0xC0U) != 0x80) {
      return 0;
    }
    point = point << 6U | (byte_at(text, i) & 0x3FU);
  }
  const bool is_surrogate = point >= 0xD800 && point < 0xE000;
  return point < kSmallest[length] || point == 0x7F || point > 0x10FFFF || is_surrogate ? 0
                                                                                        : length;
}

std::string printable_line(std::string_view text) {
  std::string line;
  while (!text.empty()) {
    const auto length = printable_length(text);
    line += length > 0 ? text.substr(0, length) : "?";
    text.remove_prefix(length > 0 ? length : 1);
  }
  return line;
}

}  // namespace warren
