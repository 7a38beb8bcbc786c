#include "kernel/socket.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/text.h"

namespace warren::kernel {
namespace {

/// The address for `path`; `@` in front means the abstract namespace. Empty when it is too long.
std::optional<std::pair<sockaddr_un, socklen_t>> address_of(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    return std::nullopt;
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  if (path.front() == '@') {
    address.sun_path[0] = '\0';
  }
  const bool abstract = path.front() == '@';
  const auto length = offsetof(sockaddr_un, sun_path) + path.size() + (abstract ? 0 : 1);
  return std::pair(address, static_cast<socklen_t>(length));
}

void close_received(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS) {
      const std::size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (std::size_t i = 0; i < count; ++i) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(part) + (i * sizeof fd), sizeof fd);
        ::close(fd);
      }
    }
  }
}

pid_t sender_of(msghdr& message) {
  for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr;
       part = CMSG_NXTHDR(&message, part)) {
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_CREDENTIALS) {
      ucred credentials = {};
      std::memcpy(&credentials, CMSG_DATA(part), sizeof credentials);
      return credentials.pid;
    }
  }
  return 0;
}

}  // namespace

Result<std::string> read_from_socket(const std::string& path, std::size_t limit,
                                     std::chrono::milliseconds patience) {
  const auto address = address_of(path);
  if (!address) {
    return Error::from_errno(ENAMETOOLONG, "connect", path);
  }
  const UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address->first),
                           address->second) < 0) {
    return Error::sys("connect", path);
  }
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + patience;
  std::string content;
  while (true) {
    std::array<char, 4096> buffer;
    const auto length = ::read(socket.get(), buffer.data(), buffer.size());
    if (length == 0) {
      return content;
    }
    if (length > 0) {
      content.append(buffer.data(), static_cast<std::size_t>(length));
    } else if (errno != EAGAIN && errno != EINTR) {
      return Error::sys("read", path);
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    if (content.size() > limit || left.count() <= 0) {
      return Error::from_errno(content.size() > limit ? EFBIG : ETIMEDOUT, "read", path);
    }
    pollfd ready = {.fd = socket.get(), .events = POLLIN, .revents = 0};
    ::poll(&ready, 1, static_cast<int>(left.count()));
  }
}

Result<std::pair<UniqueFd, UniqueFd>> socket_pair() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) < 0) {
    return Error::sys("socketpair");
  }
  return std::pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

Result<UniqueFd> bind_datagram_socket(const std::string& path) {
  UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const auto address = address_of(path);
  const int on = 1;
  if (!socket || !address ||
      ::setsockopt(socket.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0 ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address->first), address->second) <
          0) {
    return Error::sys("bind", path);
  }
  return socket;
}

std::optional<Datagram> receive_datagram(int socket) {
  Datagram datagram{.text = std::string(4096, '\0'), .sender = 0};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred)) + CMSG_SPACE(sizeof(int) * 253)>
      control;
  iovec data = {.iov_base = datagram.text.data(), .iov_len = datagram.text.size()};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  ssize_t length = -1;
  do {
    length = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (length < 0 && errno == EINTR);
  if (length < 0) {
    return std::nullopt;
  }
  close_received(message);
  datagram.sender = sender_of(message);
  datagram.text.resize(static_cast<std::size_t>(length));
  return datagram;
}

void notify_service_manager(const std::string& message) {
  const char* path = std::getenv("NOTIFY_SOCKET");
  const auto address = path != nullptr ? address_of(path) : std::nullopt;
  if (!address) {
    return;
  }
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  // Nobody listening is no failure of ours.
  (void)::sendto(socket.get(), message.data(), message.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&address->first), address->second);
}

std::optional<std::chrono::microseconds> watchdog_interval() {
  const char* pid = std::getenv("WATCHDOG_PID");
  const char* interval = std::getenv("WATCHDOG_USEC");
  if (interval == nullptr || (pid != nullptr && parse_number<pid_t>(pid) != ::getpid())) {
    return std::nullopt;
  }
  const auto value = parse_number<std::int64_t>(interval);
  return value && *value > 0 ? std::optional(std::chrono::microseconds(*value)) : std::nullopt;
}

}  // namespace warren::kernel
