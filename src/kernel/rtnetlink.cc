#include "kernel/rtnetlink.h"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/text.h"

namespace warren::kernel {
namespace {

constexpr std::uint16_t kCreate = NLM_F_CREATE | NLM_F_EXCL;
constexpr std::size_t kLongestName = IFNAMSIZ - 1;

ifinfomsg link_header(int index, bool up = false) {
  ifinfomsg header = {};
  header.ifi_family = AF_UNSPEC;
  header.ifi_index = index;
  const unsigned flags = up ? unsigned{IFF_UP} : 0U;
  header.ifi_flags = flags;
  header.ifi_change = flags;
  return header;
}

void put_end(NetlinkRequests& requests, const LinkEnd& end) {
  requests.put(link_header(0, end.up));
  requests.attribute(IFLA_IFNAME, end.name);
  if (end.mac) {
    requests.attribute(IFLA_ADDRESS, *end.mac);
  }
  if (end.net_namespace >= 0) {
    requests.attribute(IFLA_NET_NS_FD, static_cast<std::uint32_t>(end.net_namespace));
  }
  if (end.bridge != 0) {
    requests.attribute(IFLA_MASTER, static_cast<std::uint32_t>(end.bridge));
  }
}

void write_on_parent(NetlinkRequests& requests, const LinkEnd& link, int parent,
                     std::string_view kind, std::uint16_t mode_attribute,
                     std::span<const std::uint8_t> mode) {
  requests.begin(RTM_NEWLINK, kCreate, cat("make the ", kind), link.name);
  put_end(requests, link);
  requests.attribute(IFLA_LINK, static_cast<std::uint32_t>(parent));
  const auto info = requests.open(IFLA_LINKINFO);
  requests.attribute(IFLA_INFO_KIND, kind);
  const auto data = requests.open(IFLA_INFO_DATA);
  requests.attribute(mode_attribute, mode);
  requests.close(data);
  requests.close(info);
}

template <typename Number>
std::span<const std::uint8_t> bytes_of(const Number& number) {
  return {reinterpret_cast<const std::uint8_t*>(&number), sizeof number};
}

std::string_view text_of(std::string_view value) { return value.substr(0, value.find('\0')); }

template <typename Number>
Number number_of(std::string_view value) {
  Number number = 0;
  value.copy(reinterpret_cast<char*>(&number), sizeof number);
  return number;
}

}  // namespace

void write_veth(NetlinkRequests& requests, const LinkEnd& here, const LinkEnd& there) {
  requests.begin(RTM_NEWLINK, kCreate, "make the interface", here.name);
  put_end(requests, here);
  const auto info = requests.open(IFLA_LINKINFO);
  requests.attribute(IFLA_INFO_KIND, "veth");
  const auto data = requests.open(IFLA_INFO_DATA);
  const auto peer = requests.open(VETH_INFO_PEER);
  put_end(requests, there);
  requests.close(peer);
  requests.close(data);
  requests.close(info);
}

void write_bridge(NetlinkRequests& requests, const LinkEnd& bridge) {
  requests.begin(RTM_NEWLINK, kCreate, "make the bridge", bridge.name);
  put_end(requests, bridge);
  const auto info = requests.open(IFLA_LINKINFO);
  requests.attribute(IFLA_INFO_KIND, "bridge");
  requests.close(info);
}

void write_macvlan(NetlinkRequests& requests, const LinkEnd& link, int parent) {
  const std::uint32_t mode = MACVLAN_MODE_BRIDGE;
  write_on_parent(requests, link, parent, "macvlan", IFLA_MACVLAN_MODE, bytes_of(mode));
}

void write_ipvlan(NetlinkRequests& requests, const LinkEnd& link, int parent) {
  const std::uint16_t mode = IPVLAN_MODE_L2;
  write_on_parent(requests, link, parent, "ipvlan", IFLA_IPVLAN_MODE, bytes_of(mode));
}

void write_alternative_name(NetlinkRequests& requests, int link, std::string_view name) {
  requests.begin(RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND, "name the interface",
                 name);
  requests.put(link_header(link));
  const auto list = requests.open(IFLA_PROP_LIST | NLA_F_NESTED);
  requests.attribute(IFLA_ALT_IFNAME, name);
  requests.close(list);
}

void write_up(NetlinkRequests& requests, int link, std::string_view name) {
  requests.begin(RTM_NEWLINK, 0, "bring up", name);
  requests.put(link_header(link, true));
}

void write_bridge_port(NetlinkRequests& requests, int link, int bridge, std::string_view name) {
  requests.begin(RTM_NEWLINK, 0, "attach to its bridge", name);
  requests.put(link_header(link, true));
  requests.attribute(IFLA_MASTER, static_cast<std::uint32_t>(bridge));
}

void write_move(NetlinkRequests& requests, const Move& move) {
  requests.begin(RTM_NEWLINK, 0, "move the interface", move.name);
  requests.put(link_header(move.link, move.up));
  requests.attribute(IFLA_NET_NS_FD, static_cast<std::uint32_t>(move.net_namespace));
  requests.attribute(IFLA_IFNAME, move.name);
  if (move.index != 0) {
    requests.attribute(IFLA_NEW_IFINDEX, static_cast<std::uint32_t>(move.index));
  }
}

void write_deletion(NetlinkRequests& requests, int link, std::string_view name) {
  requests.begin(RTM_DELLINK, 0, "remove the interface", name);
  requests.put(link_header(link));
}

void write_address(NetlinkRequests& requests, int link, const IpAddress& address) {
  requests.begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, "give an interface the address",
                 to_text(address));
  ifaddrmsg header = {};
  header.ifa_family = address.is_v6 ? AF_INET6 : AF_INET;
  header.ifa_prefixlen = static_cast<std::uint8_t>(address.prefix);
  header.ifa_scope = RT_SCOPE_UNIVERSE;
  header.ifa_index = static_cast<std::uint32_t>(link);
  requests.put(header);
  requests.attribute(IFA_LOCAL, address.significant());
  requests.attribute(IFA_ADDRESS, address.significant());
  if (address.is_v6) {
    requests.attribute(IFA_FLAGS, std::uint32_t{IFA_F_NODAD});
  } else if (address.prefix < 31) {
    IpAddress broadcast = address;
    for (unsigned bit = address.prefix; bit < 32; ++bit) {
      auto& byte = broadcast.bytes[bit / 8];
      byte = static_cast<std::uint8_t>(byte | 0x80U >> bit % 8);
    }
    requests.attribute(IFA_BROADCAST, broadcast.significant());
  }
}

void write_route(NetlinkRequests& requests, int link, const Route& route) {
  requests.begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, "add the route to",
                 route.to.prefix == 0 ? "everywhere" : to_text(route.to));
  rtmsg header = {};
  header.rtm_family = route.to.is_v6 ? AF_INET6 : AF_INET;
  header.rtm_dst_len = static_cast<std::uint8_t>(route.to.prefix);
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = RTPROT_STATIC;
  header.rtm_scope = route.via || route.to.is_v6 ? RT_SCOPE_UNIVERSE : RT_SCOPE_LINK;
  header.rtm_type = RTN_UNICAST;
  header.rtm_flags = route.via ? RTNH_F_ONLINK : 0U;
  requests.put(header);
  if (route.to.prefix != 0) {
    requests.attribute(RTA_DST, route.to.significant());
  }
  if (route.via) {
    requests.attribute(RTA_GATEWAY, route.via->significant());
  }
  requests.attribute(RTA_OIF, static_cast<std::uint32_t>(link));
}

std::optional<Link> link_of(const NetlinkMessage& message) {
  if ((message.type != RTM_NEWLINK && message.type != RTM_DELLINK) ||
      message.body.size() < sizeof(ifinfomsg)) {
    return std::nullopt;
  }
  const auto header = message.fixed<ifinfomsg>();
  Link link;
  link.index = header.ifi_index;
  link.is_up = (header.ifi_flags & IFF_UP) != 0;
  link.is_loopback = (header.ifi_flags & IFF_LOOPBACK) != 0;
  const auto rest = std::string_view(message.body).substr(NLMSG_ALIGN(sizeof header));
  for_each_attribute(rest, [&](std::uint16_t type, std::string_view value) {
    if (type == IFLA_IFNAME) {
      link.name = text_of(value);
    } else if (type == IFLA_MASTER) {
      link.bridge = number_of<int>(value);
    } else if (type == IFLA_ADDRESS && value.size() == link.mac.size()) {
      std::ranges::copy(value, link.mac.begin());
    } else if (type == IFLA_LINKINFO) {
      for_each_attribute(value, [&](std::uint16_t inner, std::string_view kind) {
        link.kind = inner == IFLA_INFO_KIND ? std::string(text_of(kind)) : link.kind;
      });
    }
  });
  return link;
}

Result<std::optional<Link>> find_link(const Netlink& netlink, std::string_view name) {
  NetlinkRequests requests;
  requests.begin(RTM_GETLINK, 0, "look at the interface", name);
  requests.put(link_header(0));
  requests.attribute(name.size() <= kLongestName ? IFLA_IFNAME : IFLA_ALT_IFNAME, name);
  requests.attribute(IFLA_EXT_MASK, std::uint32_t{RTEXT_FILTER_SKIP_STATS});
  const auto answers = netlink.ask(std::move(requests));
  if (!answers) {
    const bool absent = answers.error().code == ENODEV || answers.error().code == ERANGE;
    return absent ? Result<std::optional<Link>>(std::nullopt) : answers.error();
  }
  return answers->empty() ? std::nullopt : link_of(answers->front());
}

Result<std::vector<Link>> list_links(const Netlink& netlink) {
  NetlinkRequests requests;
  requests.begin(RTM_GETLINK, NLM_F_DUMP, "list", "interfaces");
  requests.put(link_header(0));
  requests.attribute(IFLA_EXT_MASK, std::uint32_t{RTEXT_FILTER_SKIP_STATS});
  TRY_ASSIGN(const auto answers, netlink.ask(std::move(requests)));
  std::vector<Link> links;
  for (const auto& answer : answers) {
    if (auto link = link_of(answer)) {
      links.push_back(*std::move(link));
    }
  }
  return links;
}

Result<std::vector<LinkAddress>> list_addresses(const Netlink& netlink) {
  NetlinkRequests requests;
  requests.begin(RTM_GETADDR, NLM_F_DUMP, "list", "addresses");
  requests.put(ifaddrmsg{});
  TRY_ASSIGN(const auto answers, netlink.ask(std::move(requests)));
  std::vector<LinkAddress> addresses;
  for (const auto& answer : answers) {
    if (answer.type != RTM_NEWADDR || answer.body.size() < sizeof(ifaddrmsg)) {
      continue;
    }
    const auto header = answer.fixed<ifaddrmsg>();
    LinkAddress found = {.link = static_cast<int>(header.ifa_index),
                         .address = {.is_v6 = header.ifa_family == AF_INET6,
                                     .prefix = header.ifa_prefixlen,
                                     .bytes = {}},
                         .is_link_local = header.ifa_scope == RT_SCOPE_LINK};
    bool has_local = false;  // IFA_ADDRESS is the other end's where there is an IFA_LOCAL
    const auto rest = std::string_view(answer.body).substr(NLMSG_ALIGN(sizeof header));
    for_each_attribute(rest, [&](std::uint16_t type, std::string_view value) {
      const bool local = type == IFA_LOCAL;
      if ((local || (type == IFA_ADDRESS && !has_local)) &&
          value.size() == found.address.significant().size()) {
        std::ranges::copy(value, found.address.bytes.begin());
        has_local = has_local || local;
      }
    });
    addresses.push_back(found);
  }
  return addresses;
}

Result<Way> find_way(const Netlink& netlink, const IpAddress& address) {
  NetlinkRequests requests;
  requests.begin(RTM_GETROUTE, 0, "find the way to", bare_text(address));
  rtmsg header = {};
  header.rtm_family = address.is_v6 ? AF_INET6 : AF_INET;
  header.rtm_dst_len = static_cast<std::uint8_t>(address.longest_prefix());
  requests.put(header);
  requests.attribute(RTA_DST, address.significant());
  TRY_ASSIGN(const auto answers, netlink.ask(std::move(requests)));
  Way way;
  for (const auto& answer : answers) {
    if (answer.type != RTM_NEWROUTE || answer.body.size() < sizeof header) {
      continue;
    }
    const auto rest = std::string_view(answer.body).substr(NLMSG_ALIGN(sizeof header));
    for_each_attribute(rest, [&](std::uint16_t type, std::string_view value) {
      if (type == RTA_OIF) {
        way.link = number_of<int>(value);
      }
      way.has_gateway = way.has_gateway || type == RTA_GATEWAY || type == RTA_VIA;
    });
  }
  return way;
}

}  // namespace warren::kernel
