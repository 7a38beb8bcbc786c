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

/// What the stream socket at `path` sends to who connects, to its end. ETIMEDOUT when that has not
/// come in `patience`, EFBIG for more than `limit` bytes.
[[nodiscard]] Result<std::string> read_from_socket(const std::string& path, std::size_t limit,
                                                   std::chrono::milliseconds patience);

/// A datagram and the process it came from, as this process sees it; 0 when it sees none.
struct Datagram {
  std::string text;
  pid_t sender = 0;
};

/// The next one that waits; none when there is none. Longer ones are cut at 4096 bytes, and
/// descriptors that come along are closed.
[[nodiscard]] std::optional<Datagram> receive_datagram(int socket);

/// A listening stream socket `name` in `directory`, with exactly this mode. The path to the
/// directory may be longer than a socket's address.
[[nodiscard]] Result<UniqueFd> listen_in(int directory, const std::string& name, mode_t mode);

/// A listening stream socket at `address`: an absolute path, which nobody may be listening on,
/// ADDRESS:PORT with a numeric address, [ADDRESS]:PORT for IPv6, or PORT: every address of the
/// host.
[[nodiscard]] Result<UniqueFd> listen_at(const std::string& address);

/// The next connection that waits, and the user at its other end; none when there is none.
struct Connection {
  UniqueFd socket;
  uid_t user = 0;
};
[[nodiscard]] std::optional<Connection> accept_connection(int socket);

/// sd_notify(3): tells the service manager behind $NOTIFY_SOCKET, if there is one.
void notify_service_manager(const std::string& message);

/// sd_watchdog_enabled(3): how often the service manager wants to hear WATCHDOG=1 from this
/// process.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace warren::kernel
