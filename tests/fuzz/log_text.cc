// Logs and names, which a payload writes, as they are shown on a terminal.
#include "cli/log_text.h"

#include "base/printable.h"
#include "tests/fuzz/check.h"

using namespace warren;

namespace {

/// C0, and C1 as UTF-8 has it.
bool has_controls(std::string_view text, std::string_view allowed) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const auto next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0U;
    const bool is_control = byte < 0x20 || byte == 0x7F;
    const bool is_wide_control = byte == 0xC2 && next >= 0x80 && next < 0xA0;
    if (is_wide_control || (is_control && !allowed.contains(text[i]))) {
      return true;
    }
  }
  return false;
}

bool has_only_colours(std::string_view text) {
  for (auto at = text.find('\x1b'); at != text.npos; at = text.find('\x1b', at + 1)) {
    const auto end = text.find_first_not_of("[0123456789;:", at + 1);
    if (end == text.npos || text[end] != 'm') {
      return false;
    }
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto shown = cli::printable(fuzz::text_of(data, size));
  fuzz::always(shown.size() <= size);
  fuzz::always(cli::printable(shown) == shown);
  fuzz::always(!has_controls(shown, "\n\t\x1b") && has_only_colours(shown));

  const auto line = printable_line(fuzz::text_of(data, size));
  fuzz::always(line.size() <= size);
  fuzz::always(printable_line(line) == line);
  fuzz::always(!has_controls(line, ""));
  return 0;
}
