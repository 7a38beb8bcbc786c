// Addresses of the network as they are declared, in their canonical form.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "spec/forward_port.h"

namespace warren::config {

/// `10.1.2.3` or `10.1.2.3/24`.
[[nodiscard]] Result<std::string> parse_ipv4(std::string_view text);
/// The same, or `auto`.
[[nodiscard]] Result<std::string> parse_local_ipv4(std::string_view text);
/// `fc00::1` or `fc00::1/64`, as inet_ntop(3) writes it.
[[nodiscard]] Result<std::string> parse_ipv6(std::string_view text);
/// Either, without a prefix length.
[[nodiscard]] Result<std::string> parse_host(std::string_view text);
/// Six pairs of hexadecimal digits, of one machine, in lower case.
[[nodiscard]] Result<std::string> parse_mac(std::string_view text);
/// The name of a network interface.
[[nodiscard]] Result<std::string> parse_interface(std::string_view text);
/// The same, of characters that need no quoting in the packet filter's rules.
[[nodiscard]] Result<std::string> parse_filtered_interface(std::string_view text);
/// An IPv4 network with room for a pair of addresses: `10.231.0.0/16`, from /8 to /30.
[[nodiscard]] Result<std::string> parse_address_pool(std::string_view text);
/// A zone: what remains of an interface's name behind `vz-`.
[[nodiscard]] Result<std::string> parse_network_zone(std::string_view text);
/// `HOST[:INSIDE]`, names of interfaces on the host and inside; the default inside is `prefix` and
/// HOST, cut at the kernel's limit.
[[nodiscard]] Result<std::pair<std::string, std::string>> parse_interface_pair(
    std::string_view text, std::string_view prefix);
/// `PATH`, `PORT`, `ADDRESS:PORT` or `[ADDRESS6]:PORT`.
[[nodiscard]] Result<std::string> parse_socket(std::string_view text);

struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t count = 1;
  [[nodiscard]] unsigned last() const { return first + count - 1U; }
};
/// `8080` or `8000-8010`; 0 is no port.
[[nodiscard]] Result<PortRange> parse_ports(std::string_view text);
[[nodiscard]] std::string to_text(const PortRange& ports);
/// `[PROTOCOL:]HOSTPORT[:CONTAINERPORT]`, as systemd-nspawn has it.
[[nodiscard]] Result<spec::ForwardPort> parse_port_mapping(std::string_view text);

/// An address without its prefix length.
[[nodiscard]] std::string_view bare_address(std::string_view address);

}  // namespace warren::config
