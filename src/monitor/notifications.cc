#include "monitor/notifications.h"

#include <cctype>
#include <utility>

#include "base/text.h"
#include "kernel/socket.h"

namespace warren::monitor {

namespace {

/// Those of ASCII, and those that UTF-8 writes as two bytes (U+0080 to U+009F), are `?`.
std::string without_controls(std::string_view text) {
  std::string shown;
  unsigned char before = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_control = std::iscntrl(byte) != 0 || (before == 0xC2 && byte < 0xA0);
    shown += is_control ? '?' : c;
    before = byte;
  }
  return shown;
}

}  // namespace

Notification parse_notification(std::string_view message) {
  constexpr std::size_t kLongestStatus = 256;
  Notification notification;
  for (const auto line : split(message, '\n')) {
    if (line == "READY=1") {
      notification.ready = true;
    } else if (line == "STOPPING=1") {
      notification.stopping = true;
    } else if (line.starts_with("STATUS=")) {
      notification.status = without_controls(line.substr(7, kLongestStatus));
    }
  }
  return notification;
}

Notification receive_notifications(int socket, pid_t leader) {
  constexpr int kMost = 64;
  Notification sum;
  for (int i = 0; i < kMost; ++i) {
    const auto datagram = kernel::receive_datagram(socket);
    if (!datagram) {
      break;
    }
    if (datagram->sender != leader) {
      continue;
    }
    auto one = parse_notification(datagram->text);
    sum.ready = sum.ready || one.ready;
    sum.stopping = sum.stopping || one.stopping;
    if (one.status) {
      sum.status = std::move(one.status);
    }
  }
  return sum;
}

}  // namespace warren::monitor
