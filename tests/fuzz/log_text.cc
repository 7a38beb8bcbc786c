// Logs, which a payload writes, as they are shown on a terminal.
#include "cli/log_text.h"

#include "tests/fuzz/check.h"

using namespace warren;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto shown = cli::printable(fuzz::text_of(data, size));
  fuzz::always(shown.size() <= size);
  fuzz::always(cli::printable(shown) == shown);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const auto byte = static_cast<unsigned char>(shown[i]);
    fuzz::always(byte >= 0x20 || byte == '\n' || byte == '\t' || byte == '\x1b');
    if (byte == '\x1b') {  // a colour, and nothing else
      const auto end = shown.find_first_not_of("[0123456789;:", i + 1);
      fuzz::always(end != std::string::npos && shown[end] == 'm');
    }
  }
  return 0;
}
