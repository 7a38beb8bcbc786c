#include "plan/packet_filter.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "base/text.h"

namespace warren::plan {
namespace {

using spec::ForwardPort;

/// A set or a map of the table.
struct Collection {
  std::string_view kind;
  std::string_view name;
  std::string_view type;
};

constexpr auto kCollections = std::to_array<Collection>({
    // Ports of one address, of one interface, of every address of the host's: where they lead.
    {"map", "at4", "ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service"},
    {"map", "at6", "ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service"},
    {"map", "on4", "ifname . inet_proto . inet_service : ipv4_addr . inet_service"},
    {"map", "on6", "ifname . inet_proto . inet_service : ipv6_addr . inet_service"},
    {"map", "any4", "inet_proto . inet_service : ipv4_addr . inet_service"},
    {"map", "any6", "inet_proto . inet_service : ipv6_addr . inet_service"},
    // Addresses of containers that ports lead to, and by which interface they are reached.
    {"set", "inside4", "ipv4_addr"},
    {"set", "inside6", "ipv6_addr"},
    {"set", "same4", "ifname . ifname . ipv4_addr"},
    {"set", "same6", "ifname . ifname . ipv6_addr"},
    // Addresses of containers that may use the host's, and the interface where they need not.
    {"set", "internet4", "ipv4_addr"},
    {"set", "internet6", "ipv6_addr"},
    {"set", "home4", "ifname . ipv4_addr"},
    {"set", "home6", "ifname . ipv6_addr"},
});

struct Chain {
  std::string_view name;
  std::string_view hook;
};

// Priorities are numbers: nft knows the name dstnat only for one of the hooks.
constexpr auto kChains = std::to_array<Chain>({
    {"guard", "type filter hook prerouting priority -300"},
    {"incoming", "type nat hook prerouting priority -100"},
    {"local", "type nat hook output priority -100"},
    {"outgoing", "type nat hook postrouting priority 100"},
});

struct Rule {
  std::string_view chain;
  std::string_view text;
};

constexpr auto kRules = std::to_array<Rule>({
    // Where packets from the host's loopback can go to a container (route_localnet), the other
    // way has to be closed: nobody outside is to reach what listens on 127.0.0.1.
    // Every packet of the host is compared: first with what takes the least time.
    {"guard", R"(ip daddr 127.0.0.0/8 iifname != "lo" drop)"},
    {"guard", R"(ip saddr 127.0.0.0/8 iifname != "lo" drop)"},
    {"incoming", "dnat ip to ip daddr . meta l4proto . th dport map @at4"},
    {"incoming", "dnat ip6 to ip6 daddr . meta l4proto . th dport map @at6"},
    {"incoming", "fib daddr type local dnat ip to iifname . meta l4proto . th dport map @on4"},
    {"incoming", "fib daddr type local dnat ip6 to iifname . meta l4proto . th dport map @on6"},
    {"incoming", "fib daddr type local dnat ip to meta l4proto . th dport map @any4"},
    {"incoming", "fib daddr type local dnat ip6 to meta l4proto . th dport map @any6"},
    {"local", "dnat ip to ip daddr . meta l4proto . th dport map @at4"},
    {"local", "dnat ip6 to ip6 daddr . meta l4proto . th dport map @at6"},
    {"local", "fib daddr type local dnat ip to meta l4proto . th dport map @any4"},
    {"local", "fib daddr type local dnat ip6 to meta l4proto . th dport map @any6"},
    // An answer to 127.0.0.1 would stay inside.
    {"outgoing", "ip saddr 127.0.0.0/8 ip daddr @inside4 masquerade"},
    {"outgoing", "ip6 saddr ::1 ip6 daddr @inside6 masquerade"},
    // Who is on the same interface, as the container itself is, would be answered directly, by an
    // address that it has not asked.
    {"outgoing", "ct status dnat iifname . oifname . ip daddr @same4 masquerade"},
    {"outgoing", "ct status dnat iifname . oifname . ip6 daddr @same6 masquerade"},
    {"outgoing", "oifname . ip saddr @home4 return"},
    {"outgoing", "oifname . ip6 saddr @home6 return"},
    {"outgoing", "ip saddr @internet4 masquerade"},
    {"outgoing", "ip6 saddr @internet6 masquerade"},
});

bool is_of_ipv6(const std::string& address) { return address.contains(':'); }

/// Whether the forward is one of this family: the address that it listens on says it, if any.
bool is_of_family(const ForwardPort& port, bool ipv6) {
  return port.host_address.empty() || is_of_ipv6(port.host_address) == ipv6;
}

bool is_every_address(const ForwardPort& port) {
  return port.host_address.empty() || port.host_address == "0.0.0.0" || port.host_address == "::";
}

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1";
}

class Elements {
 public:
  explicit Elements(std::string_view owner) : owner_(owner) {}

  void add(std::string_view set, std::string key, std::string value = {}) {
    FilterElement element = {
        .set = std::string(set), .key = std::move(key), .value = std::move(value), .owner = owner_};
    if (std::ranges::find(elements, element) == elements.end()) {
      elements.push_back(std::move(element));
    }
  }

  void add_forward(const ForwardPort& port, const std::string& address, bool ipv6) {
    const std::string_view digit = ipv6 ? "6" : "4";
    for (unsigned i = 0; i < port.count; ++i) {
      const std::string key = cat(port.protocol, " . ", port.host_port + i);
      std::string value = cat(address, " . ", port.container_port + i);
      FilterElement element = {.value = std::move(value), .owner = owner_};
      if (!port.host_interface.empty()) {
        element.set = cat("on", digit);
        element.key = cat('"', port.host_interface, "\" . ", key);
      } else if (is_every_address(port)) {
        element.set = cat("any", digit);
        element.key = key;
      } else {
        element.set = cat("at", digit);
        element.key = cat(port.host_address, " . ", key);
      }
      elements.push_back(std::move(element));
    }
  }

  void add_link(const FilteredLink& link, const std::string& address, bool ipv6, bool internet) {
    const std::string_view digit = ipv6 ? "6" : "4";
    const std::string at = cat('"', link.host_interface, "\" . ");
    bool forwards = false;
    for (const auto& port : link.forwards) {
      if (is_of_family(port, ipv6)) {
        add_forward(port, address, ipv6);
        forwards = true;
      }
    }
    if (forwards) {
      add(cat("inside", digit), address);
      add(cat("same", digit), cat(at, at, address));
    }
    if (internet) {
      add(cat("internet", digit), address);
      add(cat("home", digit), cat(at, address));
    }
  }

  std::vector<FilterElement> elements;

 private:
  std::string owner_;
};

/// One statement for each set: `verb element inet TABLE SET { ELEMENT, … }`.
std::string statements(std::string_view verb, std::string_view table,
                       const std::vector<FilterElement>& elements, bool whole) {
  std::string text;
  for (const auto& collection : kCollections) {
    std::string list;
    for (const auto& element : elements) {
      if (element.set != collection.name) {
        continue;
      }
      list += cat(list.empty() ? "" : ", ", element.key);
      if (whole) {
        list += cat(" comment \"", element.owner, '"', element.value.empty() ? "" : " : ",
                    element.value);
      }
    }
    if (!list.empty()) {
      text += cat(verb, " element inet ", table, " ", collection.name, " { ", list, " }\n");
    }
  }
  return text;
}

/// `KEY comment "OWNER"[ : VALUE]`, as nft lists it.
FilterElement parse_element(std::string_view text, std::string_view set) {
  constexpr std::string_view kComment = " comment \"";
  constexpr std::string_view kValue = " : ";
  FilterElement element = {.set = std::string(set)};
  const auto value = text.find(kValue);
  if (value != std::string_view::npos) {
    element.value = trim(text.substr(value + kValue.size()));
    text = text.substr(0, value);
  }
  const auto comment = text.find(kComment);
  if (comment != std::string_view::npos) {
    const auto owner = text.substr(comment + kComment.size());
    element.owner = owner.substr(0, owner.find('"'));
    text = text.substr(0, comment);
  }
  element.key = trim(text);
  return element;
}

}  // namespace

std::vector<FilterElement> filter_elements(const Filtered& wanted, std::string_view owner) {
  Elements all(owner);
  for (const auto& link : wanted.links) {
    for (const bool ipv6 : {false, true}) {
      const std::string& address = ipv6 ? link.address6 : link.address;
      if (!address.empty()) {
        all.add_link(link, address, ipv6, wanted.internet);
      }
    }
  }
  return std::move(all.elements);
}

std::string table_text(std::string_view table) {
  std::string text = cat("add table inet ", table, "\n");
  for (const auto& [kind, name, type] : kCollections) {
    text += cat("add ", kind, " inet ", table, " ", name, " { type ", type, "; }\n");
  }
  for (const auto& [name, hook] : kChains) {
    text += cat("add chain inet ", table, " ", name, " { ", hook, "; policy accept; }\n");
    text += cat("flush chain inet ", table, " ", name, "\n");
  }
  for (const auto& [chain, rule] : kRules) {
    text += cat("add rule inet ", table, " ", chain, " ", rule, "\n");
  }
  return text;
}

std::string add_text(std::string_view table, const std::vector<FilterElement>& elements) {
  return statements("add", table, elements, true);
}

std::string delete_text(std::string_view table, const std::vector<FilterElement>& elements) {
  return statements("delete", table, elements, false);
}

std::vector<FilterElement> parse_elements(std::string_view listing) {
  constexpr std::string_view kElements = "elements = {";
  std::vector<FilterElement> elements;
  std::string_view set;
  bool inside = false;
  for (auto line : split(listing, '\n')) {
    line = trim(line);
    const auto words = split(line, ' ');
    if ((words[0] == "map" || words[0] == "set") && line.ends_with('{') && words.size() > 1) {
      set = words[1];
    }
    if (line.starts_with(kElements)) {
      inside = true;
      line.remove_prefix(kElements.size());
    }
    if (!inside) {
      continue;
    }
    const auto end = line.find('}');
    for (const auto item : split(line.substr(0, end), ',')) {
      if (!trim(item).empty()) {
        elements.push_back(parse_element(trim(item), set));
      }
    }
    inside = end == std::string_view::npos;
  }
  return elements;
}

Families forwarded_families(const Filtered& wanted) {
  Families families;
  for (const auto& link : wanted.links) {
    const auto from_outside = [&](bool ipv6) {
      return wanted.internet || std::ranges::any_of(link.forwards, [&](const ForwardPort& port) {
               return is_of_family(port, ipv6) && !is_loopback(port.host_address);
             });
    };
    families.ipv4 = families.ipv4 || (!link.address.empty() && from_outside(false));
    families.ipv6 = families.ipv6 || (!link.address6.empty() && from_outside(true));
  }
  return families;
}

bool has_forwarding_chains(std::string_view listing, std::string_view table) {
  const std::string own = cat("table inet ", table, " {");
  bool is_own = false;
  for (auto line : split(listing, '\n')) {
    line = trim(line);
    is_own = line.starts_with("table ") ? line == own : is_own;
    if (!is_own && (line.contains("hook forward") || line.starts_with("type nat "))) {
      return true;
    }
  }
  return false;
}

std::vector<std::string> dropping_tables(std::string_view listing, std::string_view table) {
  std::vector<std::string> tables;
  std::string current;
  const std::string own = cat("inet ", table);
  for (auto line : split(listing, '\n')) {
    line = trim(line);
    if (line.starts_with("table ") && line.ends_with(" {")) {
      current = line.substr(6, line.size() - 8);
    } else if (line.contains("hook forward") && line.contains("policy drop") && current != own &&
               !current.starts_with("bridge ")) {
      tables.push_back(current);
    }
  }
  return tables;
}

}  // namespace warren::plan
