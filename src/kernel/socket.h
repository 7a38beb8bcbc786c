// unix(7) sockets: the readiness protocol of sd_notify(3), and the link to a child.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::kernel {

/// A pair of connected sockets that keep message boundaries; both close-on-exec.
[[nodiscard]] Result<std::pair<UniqueFd, UniqueFd>> socket_pair();

/// A non-blocking datagram socket at `path` that learns who sends.
[[nodiscard]] Result<UniqueFd> bind_datagram_socket(const std::string& path);

/// A datagram and the process it came from, as this process sees it; 0 when it sees none.
struct Datagram {
  std::string text;
  pid_t sender = 0;
};

/// The next one that waits; none when there is none. Longer ones are cut at 4096 bytes, and
/// descriptors that come along are closed.
[[nodiscard]] std::optional<Datagram> receive_datagram(int socket);

/// sd_notify(3): tells the service manager behind $NOTIFY_SOCKET, if there is one.
void notify_service_manager(const std::string& message);

/// sd_watchdog_enabled(3): how often the service manager wants to hear WATCHDOG=1 from this
/// process.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace warren::kernel
