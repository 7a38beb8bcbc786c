#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/socket.h"

namespace warren::kernel {
namespace {

constexpr int kBacklog = 128;

struct Address {
  sockaddr_storage storage = {};
  socklen_t length = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

Result<Address> unix_address(const std::string& path) {
  Address address;
  sockaddr_un unix_one = {.sun_family = AF_UNIX, .sun_path = {}};
  if (path.size() >= sizeof unix_one.sun_path) {
    return Error::from_errno(ENAMETOOLONG, "bind", path);
  }
  path.copy(unix_one.sun_path, path.size());
  std::memcpy(&address.storage, &unix_one, sizeof unix_one);
  address.length = sizeof unix_one;
  return address;
}

enum class Family { Own, Both };  ///< Both: an IPv6 socket that takes IPv4 too

Result<UniqueFd> listen_on(const Address& address, const std::string& name, int flags,
                           Family family = Family::Own) {
  UniqueFd socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
  const int on = 1;
  const int off = 0;
  if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
      (family == Family::Both &&
       ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) < 0) ||
      ::bind(socket.get(), address.get(), address.length) < 0) {
    return Error::sys("bind", name);
  }
  if (::listen(socket.get(), kBacklog) < 0) {
    return Error::sys("listen", name);
  }
  return socket;
}

/// Every address of the host, for a port alone.
Result<UniqueFd> listen_on_port(std::uint16_t port, const std::string& name) {
  Address address;
  sockaddr_in6 six = {};
  six.sin6_family = AF_INET6;
  six.sin6_port = htons(port);
  std::memcpy(&address.storage, &six, sizeof six);
  address.length = sizeof six;
  auto socket = listen_on(address, name, 0, Family::Both);
  if (socket || (socket.error().code != EAFNOSUPPORT && socket.error().code != EADDRNOTAVAIL)) {
    return socket;
  }
  sockaddr_in four = {};  // a host without IPv6
  four.sin_family = AF_INET;
  four.sin_port = htons(port);
  std::memcpy(&address.storage, &four, sizeof four);
  address.length = sizeof four;
  return listen_on(address, name, 0);
}

Result<Address> internet_address(const std::string& text) {
  const auto colon = text.rfind(':');
  const auto port = colon == std::string::npos
                        ? std::nullopt
                        : parse_number<std::uint16_t>(std::string_view(text).substr(colon + 1));
  std::string host = port ? text.substr(0, colon) : std::string();
  Address address;
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    sockaddr_in6 six = {};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(port.value_or(0));
    if (::inet_pton(AF_INET6, host.c_str(), &six.sin6_addr) == 1) {
      std::memcpy(&address.storage, &six, sizeof six);
      address.length = sizeof six;
      return address;
    }
  }
  sockaddr_in four = {};
  four.sin_family = AF_INET;
  four.sin_port = htons(port.value_or(0));
  if (::inet_pton(AF_INET, host.c_str(), &four.sin_addr) != 1) {
    return Error::because("listen", text, "it is no PORT, ADDRESS:PORT or absolute path");
  }
  std::memcpy(&address.storage, &four, sizeof four);
  address.length = sizeof four;
  return address;
}

/// A socket at `path` that nobody listens on any more is removed.
void remove_dead(const Address& address, const std::string& path) {
  const auto status = fstatat(AT_FDCWD, path);
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (status && S_ISSOCK(status->st_mode) &&
      ::connect(probe.get(), address.get(), address.length) < 0 && errno == ECONNREFUSED) {
    ::unlink(path.c_str());
  }
}

}  // namespace

Result<UniqueFd> listen_in(int directory, const std::string& name, mode_t mode) {
  ::unlinkat(directory, name.c_str(), 0);
  const mode_t saved = ::umask(0777);  // nobody can connect before the mode is set
  TRY_ASSIGN(const auto address, unix_address(cat("/proc/self/fd/", directory, "/", name)));
  auto socket = listen_on(address, name, SOCK_NONBLOCK);
  ::umask(saved);
  if (socket && ::fchmodat(directory, name.c_str(), mode, 0) < 0) {
    return Error::sys("chmod", name);
  }
  return socket;
}

Result<UniqueFd> listen_at(const std::string& address) {
  if (const auto port = parse_number<std::uint16_t>(address)) {
    return listen_on_port(*port, address);
  }
  if (!address.starts_with('/')) {
    TRY_ASSIGN(const auto internet, internet_address(address));
    return listen_on(internet, address, 0);
  }
  TRY_ASSIGN(const auto local, unix_address(address));
  remove_dead(local, address);
  auto socket = listen_on(local, address, 0);
  if (socket && ::chmod(address.c_str(), 0666) < 0) {
    return Error::sys("chmod", address);
  }
  return socket;
}

std::optional<Connection> accept_connection(int socket) {
  UniqueFd connection(::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC));
  ucred peer = {};
  socklen_t length = sizeof peer;
  if (!connection || ::getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0) {
    return std::nullopt;
  }
  return Connection{.socket = std::move(connection), .user = peer.uid};
}

}  // namespace warren::kernel
