// What process 1 says of itself on its readiness socket (sd_notify(3)). Everybody inside may be
// able to send; only process 1 is believed.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

namespace warren::monitor {

struct Notification {
  bool ready = false;
  bool stopping = false;
  std::optional<std::string> status;  ///< one line of printable text
};

/// The fields of one message that matter here; what cannot be understood is ignored.
[[nodiscard]] Notification parse_notification(std::string_view message);

/// All that `leader` has sent on `socket` so far, taken together. Messages of others are dropped.
/// Reads a bounded number, so that a flood cannot keep the caller.
[[nodiscard]] Notification receive_notifications(int socket, pid_t leader);

}  // namespace warren::monitor
