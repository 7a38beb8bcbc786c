#include "network/host_networks.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include "kernel/file.h"

namespace warren::network {

std::vector<plan::Network4> host_networks() {
  constexpr std::size_t kMostOfRoutes = std::size_t{64} << 20;
  auto networks =
      plan::parse_routes(kernel::read_file("/proc/self/net/route", kMostOfRoutes).value_or(""));
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) == 0) {
    for (const auto* one = first; one != nullptr; one = one->ifa_next) {
      if (one->ifa_addr != nullptr && one->ifa_addr->sa_family == AF_INET) {
        const auto* const address = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
        networks.push_back({.first = ntohl(address->sin_addr.s_addr), .mask = ~0U});
      }
    }
    ::freeifaddrs(first);
  }
  return networks;
}

}  // namespace warren::network
