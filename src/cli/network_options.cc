#include "cli/network_options.h"

#include <array>
#include <utility>

#include "config/addresses.h"

namespace warren::cli {
namespace {

using Use = spec::HostInterface::Use;

/// The pair that has no name of its own on the host; made when it is not there.
spec::Veth& first_veth(spec::Network& network) {
  network.isolated = true;
  auto& veths = network.veths;
  if (veths.empty() || !veths.front().host_name.empty()) {
    veths.insert(veths.begin(), spec::Veth());
  }
  return veths.front();
}

Result<> add_host_interface(spec::Network& network, std::string_view value, Use use) {
  constexpr std::array kSettings = {"--network-interface", "--network-macvlan", "--network-ipvlan"};
  constexpr std::array kPrefixes = {"", "mv-", "iv-"};
  const auto kind = static_cast<std::size_t>(use);
  network.isolated = true;
  TRY_ASSIGN(auto names, config::parse_interface_pair(value, kPrefixes[kind]));
  network.interfaces.push_back({.use = use,
                                .host = std::move(names.first),
                                .name = std::move(names.second),
                                .setting = kSettings[kind]});
  return {};
}

}  // namespace

Result<> add_veth(spec::Network& network, std::string_view /*value*/) {
  (void)first_veth(network);
  return {};
}

Result<> add_extra_veth(spec::Network& network, std::string_view value) {
  network.isolated = true;
  TRY_ASSIGN(auto names, config::parse_interface_pair(value, ""));
  network.veths.push_back({.name = std::move(names.second), .host_name = std::move(names.first)});
  return {};
}

Result<> add_bridge(spec::Network& network, std::string_view value) {
  spec::Veth& veth = first_veth(network);
  veth.setting = "--network-bridge";
  TRY_ASSIGN(veth.bridge, config::parse_interface(value));
  return {};
}

Result<> add_zone(spec::Network& network, std::string_view value) {
  spec::Veth& veth = first_veth(network);
  veth.setting = "--network-zone";
  TRY_ASSIGN(veth.zone, config::parse_network_zone(value));
  return {};
}

Result<> add_interface(spec::Network& network, std::string_view value) {
  return add_host_interface(network, value, Use::Move);
}

Result<> add_macvlan(spec::Network& network, std::string_view value) {
  return add_host_interface(network, value, Use::Macvlan);
}

Result<> add_ipvlan(spec::Network& network, std::string_view value) {
  return add_host_interface(network, value, Use::Ipvlan);
}

Result<> add_port(spec::Network& network, std::string_view value) {
  TRY_ASSIGN(auto port, config::parse_port_mapping(value));
  network.ports.push_back(std::move(port));
  return {};
}

}  // namespace warren::cli
