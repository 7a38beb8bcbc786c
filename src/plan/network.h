// The interfaces of a container: what they are called, their addresses and routes on both sides.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/net_address.h"
#include "base/result.h"
#include "spec/container.h"

namespace warren::plan {

struct RoutePlan {
  IpAddress to;                  ///< prefix 0 for the default route
  std::optional<IpAddress> via;  ///< a neighbour; none: `to` is on the link
  friend bool operator==(const RoutePlan&, const RoutePlan&) = default;
};

/// One end of a pair.
struct EndPlan {
  std::string name;
  std::string long_name;  ///< an alternative name, when `name` had to be shortened; may be empty
  MacAddress mac = {};
  std::vector<IpAddress> addresses;
  std::vector<RoutePlan> routes;
  friend bool operator==(const EndPlan&, const EndPlan&) = default;
};

struct VethPlan {
  EndPlan host;
  EndPlan inside;
  std::string bridge;           ///< what the host's end is a port of; may be empty
  bool bridge_is_ours = false;  ///< made with its first port and removed with its last
  MacAddress bridge_mac = {};   ///< of one that is made
  bool from_loopback = false;   ///< see network/loopback.h
  std::string setting;          ///< what asked for the bridge
};

struct HostInterfacePlan {
  spec::HostInterface::Use use = spec::HostInterface::Use::Move;
  std::string host;
  std::string name;     ///< inside
  MacAddress mac = {};  ///< of a macvlan
  std::string setting;  ///< what asked for it
};

struct NetworkPlan {
  std::vector<VethPlan> veths;
  std::vector<HostInterfacePlan> interfaces;
  [[nodiscard]] bool empty() const { return veths.empty() && interfaces.empty(); }
};

/// Addresses made of `seed`, this host's own, are the same at every start and differ between hosts.
/// Fails for an address that is none, and for one that both ends would have.
[[nodiscard]] Result<NetworkPlan> plan_network(const spec::Network& network,
                                               const std::string& machine, std::string_view seed);

/// The interface by which the host reaches the inner end of a pair: a bridge, or the other end.
[[nodiscard]] std::string host_interface(const spec::Veth& veth, const std::string& machine);

/// The name of an interface: `prefix` and `name`, which are cut and end in four characters of a
/// hash where they are longer than the kernel lets them be.
[[nodiscard]] std::string interface_name(std::string_view prefix, std::string_view name);

/// An Ethernet address of the locally administered ones.
[[nodiscard]] MacAddress mac_of(std::string_view seed, std::string_view owner);

/// One line an interface, an address and a route.
[[nodiscard]] std::string to_text(const NetworkPlan& network);

}  // namespace warren::plan
