// What a payload sends on its readiness socket.
#include "monitor/notifications.h"

#include <algorithm>

#include "tests/fuzz/check.h"

using namespace warren;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto news = monitor::parse_notification(fuzz::text_of(data, size));
  if (news.status) {
    fuzz::always(news.status->size() <= 256);
    fuzz::always(std::ranges::none_of(*news.status, [](unsigned char c) { return c < 0x20; }));
    // U+0080 to U+009F are control characters too.
    const std::string_view status = *news.status;
    for (std::size_t at = 0; (at = status.find('\xc2', at)) != status.npos; ++at) {
      const auto next = at + 1 < status.size() ? static_cast<unsigned char>(status[at + 1]) : 0;
      fuzz::always(next < 0x80 || next >= 0xA0);
    }
  }
  return 0;
}
