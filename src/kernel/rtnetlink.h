// rtnetlink(7): links, addresses and routes of a network namespace. The write_ functions add one
// request to a batch; what is asked for is asked at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/net_address.h"
#include "base/result.h"
#include "kernel/netlink.h"

namespace warren::kernel {

/// One end of a link to be made.
struct LinkEnd {
  std::string name;
  std::optional<MacAddress> mac;
  int net_namespace = -1;  ///< descriptor of the one it is made in; -1: the socket's
  int bridge = 0;          ///< index of the bridge it becomes a port of; 0 for none
  bool up = false;
};

/// `there` cannot be up yet.
void write_veth(NetlinkRequests& requests, const LinkEnd& here, const LinkEnd& there);
void write_bridge(NetlinkRequests& requests, const LinkEnd& bridge);
/// A macvlan in bridge mode, or an ipvlan in mode L2, on the link with index `parent`.
void write_macvlan(NetlinkRequests& requests, const LinkEnd& link, int parent);
void write_ipvlan(NetlinkRequests& requests, const LinkEnd& link, int parent);
/// One more name, up to 127 characters, by which a link is found.
void write_alternative_name(NetlinkRequests& requests, int link, std::string_view name);

void write_up(NetlinkRequests& requests, int link, std::string_view name);
/// Makes a link a port of `bridge`, and up.
void write_bridge_port(NetlinkRequests& requests, int link, int bridge, std::string_view name);
/// Moves a link to another namespace, where it is called `name` (`dev%d`: with the next free
/// number), has `index` if that is not 0, no address, and is up or down.
struct Move {
  int link = 0;
  int net_namespace = -1;
  std::string_view name;
  int index = 0;
  bool up = false;
};
void write_move(NetlinkRequests& requests, const Move& move);
void write_deletion(NetlinkRequests& requests, int link, std::string_view name);

/// Without duplicate address detection: it is usable at once.
void write_address(NetlinkRequests& requests, int link, const IpAddress& address);

struct Route {
  IpAddress to;                  ///< prefix 0 for the default route
  std::optional<IpAddress> via;  ///< taken to be on the link; none: `to` is
};
/// Replaces one to the same place.
void write_route(NetlinkRequests& requests, int link, const Route& route);

/// A link as it is.
struct Link {
  int index = 0;
  std::string name;
  std::string kind;  ///< "veth", "bridge", …; empty for a device
  MacAddress mac = {};
  int bridge = 0;  ///< index of what it is a port of; 0 for none
  bool is_up = false;
  bool is_loopback = false;
};
/// The link called `name`, also as an alternative name; none when there is none.
[[nodiscard]] Result<std::optional<Link>> find_link(const Netlink& netlink, std::string_view name);
[[nodiscard]] Result<std::vector<Link>> list_links(const Netlink& netlink);
/// What a message says of a link; none for a message of another kind.
[[nodiscard]] std::optional<Link> link_of(const NetlinkMessage& message);

struct LinkAddress {
  int link = 0;
  IpAddress address;
  bool is_link_local = false;  ///< of no use beyond the link
};
[[nodiscard]] Result<std::vector<LinkAddress>> list_addresses(const Netlink& netlink);

/// By which link packets of this host's to an address leave.
struct Way {
  int link = 0;
  bool has_gateway = false;  ///< a router is next
};
/// ENETUNREACH or EHOSTUNREACH where there is none.
[[nodiscard]] Result<Way> find_way(const Netlink& netlink, const IpAddress& address);

}  // namespace warren::kernel
