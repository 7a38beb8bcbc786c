// Pairs of IPv4 addresses out of a pool: the first for the host's end, the next for the inside.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace warren::plan {

/// An IPv4 network, in the host's byte order.
struct Network4 {
  std::uint32_t first = 0;
  std::uint32_t mask = 0;
  [[nodiscard]] bool has(std::uint32_t address) const { return (address & mask) == first; }
  friend bool operator==(const Network4&, const Network4&) = default;
};

/// `10.231.0.0/16`, or an address alone.
[[nodiscard]] std::optional<Network4> parse_network(std::string_view text);
[[nodiscard]] std::string address_text(std::uint32_t address);

/// The networks that the host has routes to, as /proc/net/route shows them, but for the default.
[[nodiscard]] std::vector<Network4> parse_routes(std::string_view proc_net_route);

/// The host's address of the first pair of `pool` that is in none of `taken`; nullopt when there is
/// none. Addresses that end in .0 or .255 are left out: to some programs they mean something.
[[nodiscard]] std::optional<std::uint32_t> free_pair(const Network4& pool,
                                                     std::span<const Network4> taken);

/// A pair that a container has.
struct KeptPair {
  std::string container;
  std::string link;  ///< the interface inside
  std::uint32_t host = 0;
  friend bool operator==(const KeptPair&, const KeptPair&) = default;
};
[[nodiscard]] std::string to_text(const std::vector<KeptPair>& pairs);
/// Leaves out what to_text() has not written.
[[nodiscard]] std::vector<KeptPair> parse_pairs(std::string_view text);

}  // namespace warren::plan
