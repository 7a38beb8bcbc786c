#include "monitor/notifications.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/text.h"
#include "kernel/socket.h"

namespace warren::monitor {

Notification parse_notification(std::string_view message) {
  constexpr std::size_t kLongestStatus = 256;
  Notification notification;
  for (const auto line : split(message, '\n')) {
    if (line == "READY=1") {
      notification.ready = true;
    } else if (line == "STOPPING=1") {
      notification.stopping = true;
    } else if (line.starts_with("STATUS=")) {
      std::string text(line.substr(7, kLongestStatus));
      std::ranges::replace_if(
          text, [](unsigned char c) { return std::iscntrl(c) != 0; }, '?');
      notification.status = std::move(text);
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
