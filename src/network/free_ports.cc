#include "network/free_ports.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "base/text.h"
#include "base/unique_fd.h"

namespace warren::network {
namespace {

using spec::ForwardPort;

/// Where a forward listens: an address of a family, as bind(2) has it.
struct Place {
  int family = AF_INET6;
  bool both_families = false;
  sockaddr_storage address = {};
  socklen_t length = 0;
};

Place place_of(const ForwardPort& port) {
  Place place;
  const std::string& text = port.host_address;
  place.family = text.empty() || text.contains(':') ? AF_INET6 : AF_INET;
  place.both_families = text.empty();
  if (place.family == AF_INET) {
    auto* const four = reinterpret_cast<sockaddr_in*>(&place.address);
    four->sin_family = AF_INET;
    ::inet_pton(AF_INET, text.c_str(), &four->sin_addr);
    place.length = sizeof *four;
  } else {
    auto* const six = reinterpret_cast<sockaddr_in6*>(&place.address);
    six->sin6_family = AF_INET6;
    ::inet_pton(AF_INET6, text.empty() ? "::" : text.c_str(), &six->sin6_addr);
    place.length = sizeof *six;
  }
  return place;
}

void set_port(Place& place, std::uint16_t number) {
  // At the same place in both.
  reinterpret_cast<sockaddr_in*>(&place.address)->sin_port = htons(number);
}

bool set(int socket, int level, int option, int value) {
  return ::setsockopt(socket, level, option, &value, sizeof value) == 0;
}

/// Tries to have the port, for a moment.
Result<> try_port(const ForwardPort& port, const Place& place) {
  const bool tcp = port.protocol == "tcp";
  const UniqueFd socket(::socket(place.family, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0));
  if (!socket) {
    return Error::sys("socket", port.protocol);
  }
  // Connections that have ended are in nobody's way, and an address may be there later.
  if ((tcp && !set(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1)) ||
      !set(socket.get(), IPPROTO_IP, IP_FREEBIND, 1) ||
      (place.family == AF_INET6 &&
       !set(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, place.both_families ? 0 : 1))) {
    return Error::sys("setsockopt", port.protocol);
  }
  const std::string& interface = port.host_interface;
  if (!interface.empty() &&
      ::setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, interface.c_str(),
                   static_cast<socklen_t>(interface.size())) < 0) {
    return Error::sys("hostInterface", interface);
  }
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&place.address), place.length) < 0) {
    return Error::sys("bind", port.protocol);
  }
  return {};
}

Result<> check_port(const ForwardPort& port, Place place, std::uint16_t number) {
  set_port(place, number);
  auto done = try_port(port, place);
  if (!done && done.error().code == EAFNOSUPPORT && place.both_families) {
    ForwardPort only4 = port;  // a kernel without IPv6
    only4.host_address = "0.0.0.0";
    place = place_of(only4);
    set_port(place, number);
    done = try_port(only4, place);
  }
  if (!done && done.error().code == EADDRINUSE) {
    const std::string at = port.host_address.empty() ? "" : cat(" of ", port.host_address);
    Error error =
        Error::because("", cat(port.protocol, " port ", number, at), "a program on the host has it")
            .advise("stop that, or choose another port");
    error.code = EADDRINUSE;
    return error;
  }
  return done;
}

}  // namespace

Result<> check_ports_are_free(const std::vector<ForwardPort>& ports) {
  for (const auto& port : ports) {
    const Place place = place_of(port);
    for (unsigned i = 0; i < port.count; ++i) {
      TRY(check_port(port, place, static_cast<std::uint16_t>(port.host_port + i)));
    }
  }
  return {};
}

}  // namespace warren::network
