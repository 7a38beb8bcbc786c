// The addresses that a container's interfaces have got inside, by whoever: DHCP, its init, a
// person.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "kernel/netlink.h"

namespace warren::network {

/// An interface inside, and the host's that leads to it: the other end, or a bridge.
struct WatchedLink {
  std::string inside;
  std::string host;
  friend bool operator==(const WatchedLink&, const WatchedLink&) = default;
};

/// What a link has now, without prefix lengths.
struct FoundAddresses {
  /// Those of use beyond the link. A few: whoever is root inside can have thousands.
  std::vector<std::string> all;
  /// The first of each family that the host itself reaches on the link, without a router. Any other
  /// one may be another machine's, whatever the container says. Empty for none.
  std::string reached4;
  std::string reached6;
  friend bool operator==(const FoundAddresses&, const FoundAddresses&) = default;
};

class AddressWatch {
 public:
  /// In the network namespaces of this process and of process `leader`. The kernel wakes it for
  /// addresses inside, and for what of the host's is about these links.
  [[nodiscard]] static Result<AddressWatch> start(pid_t leader, std::vector<WatchedLink> links);

  /// Readable when something may have changed: inside, and on the host.
  [[nodiscard]] int inside_fd() const { return inside_events_.fd(); }
  [[nodiscard]] int host_fd() const { return host_events_.fd(); }
  /// Takes what made them readable.
  void drain();

  /// One for each link.
  [[nodiscard]] Result<std::vector<FoundAddresses>> look() const;

 private:
  AddressWatch(std::vector<WatchedLink> links, kernel::Netlink inside, kernel::Netlink host,
               kernel::Netlink inside_events, kernel::Netlink host_events)
      : links_(std::move(links)),
        inside_(std::move(inside)),
        host_(std::move(host)),
        inside_events_(std::move(inside_events)),
        host_events_(std::move(host_events)) {}
  [[nodiscard]] std::vector<int> host_indices() const;

  std::vector<WatchedLink> links_;
  std::vector<int> indices_;  ///< of the host's links, 0 for one that is not there
  kernel::Netlink inside_;
  kernel::Netlink host_;
  kernel::Netlink inside_events_;
  kernel::Netlink host_events_;
};

/// The same, once.
[[nodiscard]] Result<std::vector<FoundAddresses>> find_addresses(
    pid_t leader, const std::vector<WatchedLink>& links);

}  // namespace warren::network
