#include "plan/address_pool.h"

#include <algorithm>
#include <bit>

#include "base/text.h"

namespace warren::plan {
namespace {

constexpr unsigned kBits = 32;

std::optional<std::uint32_t> parse_address(std::string_view text) {
  const auto bytes = split(text, '.');
  std::uint32_t address = 0;
  for (const auto byte : bytes) {
    const auto number = parse_number<std::uint8_t>(byte);
    if (!number || bytes.size() != 4) {
      return std::nullopt;
    }
    address = address << 8U | *number;
  }
  return address;
}

std::uint32_t mask_of(unsigned prefix) {
  return prefix == 0 ? 0 : ~std::uint32_t{0} << (kBits - prefix);
}

bool is_plain(std::uint32_t address) {
  const std::uint32_t last = address & 0xFFU;
  return last != 0 && last != 0xFF;
}

/// A number of /proc/net/route: an address in the network's byte order, read as the machine's.
std::optional<std::uint32_t> parse_raw(std::string_view text) {
  const auto raw = parse_number<std::uint32_t>(text, 16);
  if (!raw || std::endian::native == std::endian::big) {
    return raw;
  }
  return __builtin_bswap32(*raw);
}

}  // namespace

std::optional<Network4> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_address(text.substr(0, slash));
  const auto prefix = slash == std::string_view::npos
                          ? std::optional(kBits)
                          : parse_number<unsigned>(text.substr(slash + 1));
  if (!address || !prefix || *prefix > kBits) {
    return std::nullopt;
  }
  return Network4{.first = *address & mask_of(*prefix), .mask = mask_of(*prefix)};
}

std::string address_text(std::uint32_t address) {
  return cat(address >> 24U, ".", address >> 16U & 0xFFU, ".", address >> 8U & 0xFFU, ".",
             address & 0xFFU);
}

std::vector<Network4> parse_routes(std::string_view proc_net_route) {
  constexpr std::size_t kDestination = 1;
  constexpr std::size_t kMask = 7;
  std::vector<Network4> networks;
  for (const auto line : split(proc_net_route, '\n')) {
    const auto words = split(line, '\t');
    if (words.size() <= kMask) {
      continue;
    }
    const auto first = parse_raw(trim(words[kDestination]));
    const auto mask = parse_raw(trim(words[kMask]));
    if (first && mask && *mask != 0) {
      networks.push_back({.first = *first, .mask = *mask});
    }
  }
  return networks;
}

std::optional<std::uint32_t> free_pair(const Network4& pool, std::span<const Network4> taken) {
  const std::uint64_t end = std::uint64_t{pool.first | ~pool.mask} + 1;
  for (std::uint64_t at = std::uint64_t{pool.first} + 1; at + 1 < end; at += 2) {
    const auto host = static_cast<std::uint32_t>(at);
    if (!is_plain(host) || !is_plain(host + 1)) {
      continue;
    }
    const auto in_it = std::ranges::find_if(
        taken, [&](const Network4& network) { return network.has(host) || network.has(host + 1); });
    if (in_it == taken.end()) {
      return host;
    }
    // A network of many addresses is passed at once, at an odd number again.
    const std::uint64_t last = std::uint64_t{in_it->first} | (~in_it->mask & 0xFFFFFFFFU);
    if (last > at + 1) {
      at = (last & ~std::uint64_t{1}) - 1;
    }
  }
  return std::nullopt;
}

std::string to_text(const std::vector<KeptPair>& pairs) {
  std::string text;
  for (const auto& pair : pairs) {
    text += cat(address_text(pair.host), " ", pair.container, " ", pair.link, "\n");
  }
  return text;
}

std::vector<KeptPair> parse_pairs(std::string_view text) {
  std::vector<KeptPair> pairs;
  for (const auto line : split(text, '\n')) {
    const auto words = split(line, ' ');
    const auto host = words.size() == 3 ? parse_address(words[0]) : std::nullopt;
    if (host) {
      pairs.push_back(
          {.container = std::string(words[1]), .link = std::string(words[2]), .host = *host});
    }
  }
  return pairs;
}

}  // namespace warren::plan
