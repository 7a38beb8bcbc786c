#include "base/net_address.h"

#include <arpa/inet.h>

#include "base/text.h"

namespace warren {

bool IpAddress::covers(const IpAddress& other) const {
  if (is_v6 != other.is_v6) {
    return false;
  }
  for (unsigned bit = 0; bit < prefix; ++bit) {
    const unsigned mask = 0x80U >> bit % 8;
    if (((bytes[bit / 8] ^ other.bytes[bit / 8]) & mask) != 0) {
      return false;
    }
  }
  return true;
}

std::optional<IpAddress> parse_ip_address(std::string_view text) {
  IpAddress address;
  const auto slash = text.find('/');
  const std::string bare(text.substr(0, slash));
  address.is_v6 = bare.find(':') != std::string::npos;
  if (::inet_pton(address.is_v6 ? AF_INET6 : AF_INET, bare.c_str(), address.bytes.data()) != 1) {
    return std::nullopt;
  }
  address.prefix = address.longest_prefix();
  if (slash != std::string_view::npos) {
    const auto prefix = parse_number<unsigned>(text.substr(slash + 1));
    if (!prefix || *prefix > address.longest_prefix()) {
      return std::nullopt;
    }
    address.prefix = *prefix;
  }
  return address;
}

std::optional<MacAddress> parse_mac_address(std::string_view text) {
  MacAddress address = {};
  const auto pairs = split(text, ':');
  if (pairs.size() != address.size()) {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < address.size(); ++i) {
    const auto byte = parse_number<std::uint8_t>(pairs[i], 16);
    if (pairs[i].size() != 2 || !byte) {
      return std::nullopt;
    }
    address[i] = *byte;
  }
  return address;
}

std::string bare_text(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> name = {};
  ::inet_ntop(address.is_v6 ? AF_INET6 : AF_INET, address.bytes.data(), name.data(), name.size());
  return name.data();
}

std::string to_text(const IpAddress& address) {
  return cat(bare_text(address), "/", address.prefix);
}

std::string to_text(const MacAddress& address) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : address) {
    text += text.empty() ? "" : ":";
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 0xFU];
  }
  return text;
}

}  // namespace warren
