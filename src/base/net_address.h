// Addresses of the network as bytes: IPv4, IPv6 and Ethernet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace warren {

using MacAddress = std::array<std::uint8_t, 6>;

/// An IPv4 or IPv6 address and the length of its network's prefix.
struct IpAddress {
  bool is_v6 = false;
  unsigned prefix = 0;
  std::array<std::uint8_t, 16> bytes = {};  ///< four of them for IPv4

  [[nodiscard]] std::span<const std::uint8_t> significant() const {
    return std::span(bytes).first(is_v6 ? 16 : 4);
  }
  [[nodiscard]] unsigned longest_prefix() const { return is_v6 ? 128 : 32; }
  /// The same address as that of a single machine.
  [[nodiscard]] IpAddress alone() const {
    IpAddress host = *this;
    host.prefix = longest_prefix();
    return host;
  }
  /// Whether `other` is in the network that this one and its prefix name.
  [[nodiscard]] bool covers(const IpAddress& other) const;
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

/// `10.1.2.3`, `10.1.2.3/24`, `fc00::1`, `fc00::1/64`; without a prefix length it is the longest.
[[nodiscard]] std::optional<IpAddress> parse_ip_address(std::string_view text);
/// Six pairs of hexadecimal digits between colons.
[[nodiscard]] std::optional<MacAddress> parse_mac_address(std::string_view text);

/// The address alone, and with its prefix length behind it.
[[nodiscard]] std::string bare_text(const IpAddress& address);
[[nodiscard]] std::string to_text(const IpAddress& address);
[[nodiscard]] std::string to_text(const MacAddress& address);

}  // namespace warren
