#include "plan/network.h"

#include <cstdint>
#include <utility>

#include "base/text.h"

namespace warren::plan {
namespace {

using spec::HostInterface;
using spec::Veth;

constexpr std::size_t kLongestName = 15;

/// The address of a setting; none when it is empty.
Result<std::optional<IpAddress>> address_of(const std::string& text, const std::string& link) {
  if (text.empty()) {
    return std::optional<IpAddress>();
  }
  auto address = parse_ip_address(text);
  return address ? Result<std::optional<IpAddress>>(address)
                 : Error::because("address of", link, cat("'", text, "' is none"));
}

/// What the two ends need to reach each other, in one family.
Result<> add_addresses(VethPlan& veth, const std::string& host_text, const std::string& text) {
  TRY_ASSIGN(const auto host, address_of(host_text, veth.host.name));
  TRY_ASSIGN(const auto inside, address_of(text, veth.inside.name));
  if (host && inside && host->bytes == inside->bytes) {
    return Error::because("", bare_text(*inside), "it is the address of both ends")
        .advise("give the host's end and the container's different ones");
  }
  if (inside) {
    veth.inside.addresses.push_back(*inside);
    if (veth.bridge.empty()) {
      veth.host.routes.push_back({.to = inside->alone(), .via = std::nullopt});
    }
  }
  if (host) {
    veth.host.addresses.push_back(*host);
    veth.inside.routes.push_back({.to = host->alone(), .via = std::nullopt});
    veth.inside.routes.push_back(
        {.to = {.is_v6 = host->is_v6, .prefix = 0, .bytes = {}}, .via = host->alone()});
  }
  return {};
}

std::string bridge_of(const Veth& veth) {
  return veth.zone.empty() ? veth.bridge : interface_name("vz-", veth.zone);
}

/// Of the host's end, before it is shortened.
std::string host_name_of(const Veth& veth, const std::string& machine) {
  const std::string_view prefix = veth.bridge.empty() && veth.zone.empty() ? "ve-" : "vb-";
  return veth.host_name.empty() ? cat(prefix, machine) : veth.host_name;
}

Result<VethPlan> plan_veth(const Veth& wanted, const std::string& machine, std::string_view seed) {
  VethPlan veth;
  veth.bridge_is_ours = !wanted.zone.empty();
  veth.bridge = bridge_of(wanted);
  veth.bridge_mac = mac_of(seed, veth.bridge);
  veth.from_loopback = wanted.from_loopback;
  veth.setting = wanted.setting;
  const std::string full = host_name_of(wanted, machine);
  veth.host.name = interface_name("", full);
  veth.host.long_name = veth.host.name == full ? "" : full;
  veth.host.mac = mac_of(seed, cat(machine, ":host:", full));
  veth.inside.name = wanted.name;
  const auto mac = parse_mac_address(wanted.mac);
  veth.inside.mac = mac ? *mac : mac_of(seed, cat(machine, ":inside:", wanted.name));
  TRY(add_addresses(veth, wanted.host_address, wanted.address));
  TRY(add_addresses(veth, wanted.host_address6, wanted.address6));
  return veth;
}

}  // namespace

std::string host_interface(const Veth& veth, const std::string& machine) {
  std::string bridge = bridge_of(veth);
  return bridge.empty() ? interface_name("", host_name_of(veth, machine)) : bridge;
}

std::string interface_name(std::string_view prefix, std::string_view name) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  constexpr std::size_t kHashed = 4;
  std::string full = cat(prefix, name);
  if (full.size() <= kLongestName) {
    return full;
  }
  auto rest = hash(full);
  full.resize(kLongestName - kHashed);
  for (std::size_t i = 0; i < kHashed; ++i) {
    full += kDigits[rest % kDigits.size()];
    rest /= kDigits.size();
  }
  return full;
}

MacAddress mac_of(std::string_view seed, std::string_view owner) {
  constexpr std::uint8_t kLocal = 0x02;
  constexpr std::uint8_t kMulticast = 0x01;
  MacAddress mac = {};
  auto rest = hash(cat(seed, "/", owner));
  for (auto& byte : mac) {
    byte = static_cast<std::uint8_t>(rest);
    rest >>= 8U;
  }
  mac[0] = static_cast<std::uint8_t>((mac[0] | kLocal) & ~kMulticast);
  return mac;
}

Result<NetworkPlan> plan_network(const spec::Network& network, const std::string& machine,
                                 std::string_view seed) {
  NetworkPlan plan;
  for (const auto& wanted : network.veths) {
    TRY_ASSIGN(auto veth, plan_veth(wanted, machine, seed));
    plan.veths.push_back(std::move(veth));
  }
  for (const auto& wanted : network.interfaces) {
    plan.interfaces.push_back({.use = wanted.use,
                               .host = wanted.host,
                               .name = wanted.name,
                               .mac = mac_of(seed, cat(machine, ":inside:", wanted.name)),
                               .setting = wanted.setting});
  }
  return plan;
}

std::string to_text(const NetworkPlan& network) {
  std::string text;
  const auto add_end = [&text](std::string_view side, const EndPlan& end) {
    text += cat("  ", side, " ", end.name, " ", warren::to_text(end.mac));
    text += end.long_name.empty() ? "\n" : cat(" alias ", end.long_name, "\n");
    for (const auto& address : end.addresses) {
      text += cat("    address ", to_text(address), "\n");
    }
    for (const auto& route : end.routes) {
      text += cat("    route ", to_text(route.to));
      text += route.via ? cat(" via ", bare_text(*route.via), "\n") : "\n";
    }
  };
  for (const auto& veth : network.veths) {
    text += cat("veth", veth.bridge.empty() ? "" : cat(" bridge ", veth.bridge),
                veth.bridge_is_ours ? " of its own" : "",
                veth.from_loopback ? " from the loopback" : "", "\n");
    add_end("host", veth.host);
    add_end("inside", veth.inside);
  }
  constexpr const char* kUses[] = {"move", "macvlan", "ipvlan"};
  for (const auto& interface : network.interfaces) {
    text += cat(kUses[static_cast<std::size_t>(interface.use)], " ", interface.host, " as ",
                interface.name, "\n");
  }
  return text;
}

}  // namespace warren::plan
