// What of a container others see: where its interfaces are reached, and which ports lead to them.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "network/address_watch.h"
#include "plan/packet_filter.h"
#include "spec/container.h"

namespace warren::manager {

/// A pair of interfaces.
struct PublishedLink {
  plan::FilteredLink filtered;
  std::string inside;                  ///< what it is called there
  bool bridged = false;                ///< others are on the same interface of the host
  bool followed = false;               ///< has the addresses that it gets inside, whatever they are
  std::vector<std::string> addresses;  ///< that others on the link reach it by, no prefix lengths
  friend bool operator==(const PublishedLink&, const PublishedLink&) = default;
};

struct Publication {
  std::string name;  ///< of the container
  std::vector<PublishedLink> links;
  bool internet = false;
  bool named_on_host = false;  ///< its name is in the host's /etc/hosts
  std::string setting;         ///< what asks for ports, for messages
  friend bool operator==(const Publication&, const Publication&) = default;

  [[nodiscard]] plan::Filtered filtered() const;
  /// That its name means on the host.
  [[nodiscard]] std::vector<std::string> addresses() const;
  [[nodiscard]] std::vector<spec::ForwardPort> ports() const;
};

/// With the addresses that `network` has; links without any are to be followed.
[[nodiscard]] Publication publication_of(const std::string& name, const spec::Network& network);

/// The same of a declared container, whose name is known on the host.
[[nodiscard]] Publication declared_publication(const std::string& name,
                                               const spec::Network& network);

/// Interfaces to follow, in the order of followed links.
[[nodiscard]] std::vector<network::WatchedLink> followed_links(const Publication& publication);

/// The same with what was found of followed_links().
[[nodiscard]] Publication with_addresses(Publication publication,
                                         const std::vector<network::FoundAddresses>& found);

}  // namespace warren::manager
