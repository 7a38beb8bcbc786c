#include "config/addresses.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "config/declared_values.h"

namespace warren::config {
namespace {

Error refuse(std::string_view reason) { return Error::because("", "", reason); }

/// `ADDRESS[/PREFIX]` in canonical form; nullopt when it is none of that family.
std::optional<std::string> canonical(int family, std::string_view text, unsigned longest_prefix) {
  std::array<unsigned char, sizeof(in6_addr)> address = {};
  std::array<char, INET6_ADDRSTRLEN> name = {};
  const auto slash = text.find('/');
  const std::string bare(text.substr(0, slash));
  if (::inet_pton(family, bare.c_str(), address.data()) != 1 ||
      ::inet_ntop(family, address.data(), name.data(), name.size()) == nullptr) {
    return std::nullopt;
  }
  if (slash == std::string_view::npos) {
    return std::string(name.data());
  }
  const auto prefix = parse_number<unsigned>(text.substr(slash + 1));
  return prefix && *prefix <= longest_prefix
             ? std::optional(cat(std::string_view(name.data()), "/", *prefix))
             : std::nullopt;
}

constexpr unsigned kLongest4 = 32;
constexpr unsigned kLongest6 = 128;

}  // namespace

Result<std::string> parse_ipv4(std::string_view text) {
  auto address = canonical(AF_INET, text, kLongest4);
  return address ? Result<std::string>(*std::move(address))
                 : refuse(cat("'", text,
                              "' is no IPv4 address such as 10.231.136.1 or "
                              "192.168.1.2/24"));
}

Result<std::string> parse_local_ipv4(std::string_view text) {
  return text == "auto" ? Result<std::string>(std::string(text)) : parse_ipv4(text);
}

Result<std::string> parse_ipv6(std::string_view text) {
  auto address = canonical(AF_INET6, text, kLongest6);
  return address ? Result<std::string>(*std::move(address))
                 : refuse(cat("'", text, "' is no IPv6 address such as fc00::1 or fc00::2/64"));
}

Result<std::string> parse_host(std::string_view text) {
  for (const int family : {AF_INET, AF_INET6}) {
    if (text.find('/') == std::string_view::npos) {
      if (auto address = canonical(family, text, kLongest6)) {
        return *std::move(address);
      }
    }
  }
  return refuse(cat("'", text, "' is no address of the host such as 127.0.0.1 or ::1"));
}

Result<std::string> parse_mac(std::string_view text) {
  const auto pairs = split(text, ':');
  const bool good = pairs.size() == 6 && std::ranges::all_of(pairs, [](std::string_view pair) {
                      return pair.size() == 2 && parse_number<std::uint8_t>(pair, 16);
                    });
  if (!good) {
    return refuse(cat("'", text, "' is no Ethernet address such as 02:00:00:00:00:01"));
  }
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if ((*parse_number<std::uint8_t>(pairs[0], 16) & 1U) != 0 || lower == "00:00:00:00:00:00") {
    return refuse(cat("'", text, "' is the address of no single machine"));
  }
  return lower;
}

Result<std::string> parse_interface(std::string_view text) {
  constexpr std::size_t kLongest = 15;
  const bool good = !text.empty() && text.size() <= kLongest && text != "." && text != ".." &&
                    std::ranges::all_of(text, [](unsigned char c) {
                      return std::isgraph(c) != 0 && c != '/' && c != ':' && c != '%';
                    });
  return good ? Result<std::string>(std::string(text))
              : refuse(cat("'", text,
                           "' is no name of an interface: it has 1 to 15 characters, no "
                           "'/', ':' or blank"));
}

Result<std::string> parse_filtered_interface(std::string_view text) {
  TRY_ASSIGN(auto name, parse_interface(text));
  constexpr std::string_view kPlain = "._-@+";
  const bool plain = std::ranges::all_of(name, [&](unsigned char c) {
    return (std::isalnum(c) != 0 && c < 0x80) || kPlain.contains(static_cast<char>(c));
  });
  return plain ? Result<std::string>(std::move(name))
               : refuse(cat("'", text, "' has characters that no rule of the packet filter can"));
}

Result<std::string> parse_address_pool(std::string_view text) {
  TRY_ASSIGN(auto pool, parse_ipv4(text));
  constexpr unsigned kWidest = 8;
  constexpr unsigned kNarrowest = 30;
  const auto slash = pool.find('/');
  const unsigned prefix =
      slash == std::string::npos
          ? 0
          : parse_number<unsigned>(std::string_view(pool).substr(slash + 1)).value_or(0);
  in_addr first = {};
  ::inet_pton(AF_INET, pool.substr(0, slash).c_str(), &first);
  if (prefix < kWidest || prefix > kNarrowest ||
      (ntohl(first.s_addr) & (0xFFFFFFFFU >> prefix)) != 0) {
    return refuse(cat("'", text,
                      "' is no IPv4 network with a prefix of 8 to 30 bits, such as "
                      "10.231.0.0/16"));
  }
  return pool;
}

Result<std::string> parse_network_zone(std::string_view text) {
  constexpr std::size_t kLongest = 12;  // with vz- in front of it
  const auto name = parse_interface(text);
  return name && text.size() <= kLongest
             ? name
             : refuse(
                   cat("'", text, "' is no zone: it has 1 to 12 characters, no '/', ':' or blank"));
}

Result<std::pair<std::string, std::string>> parse_interface_pair(std::string_view text,
                                                                 std::string_view prefix) {
  constexpr std::size_t kLongest = 15;
  const auto colon = text.find(':');
  TRY_ASSIGN(auto host, parse_interface(text.substr(0, colon)));
  if (colon == std::string_view::npos) {
    return std::pair(host, cat(prefix, host).substr(0, kLongest));
  }
  TRY_ASSIGN(auto inside, parse_interface(text.substr(colon + 1)));
  return std::pair(std::move(host), std::move(inside));
}

Result<PortRange> parse_ports(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = parse_number<std::uint16_t>(text.substr(0, dash));
  const auto last =
      dash == std::string_view::npos ? first : parse_number<std::uint16_t>(text.substr(dash + 1));
  if (!first || !last || *first == 0 || *last < *first) {
    return refuse(
        cat("'", text, "' is no port from 1 to 65535, nor a range such as \"8000-8010\""));
  }
  return PortRange{.first = *first, .count = static_cast<std::uint16_t>(*last - *first + 1)};
}

std::string to_text(const PortRange& ports) {
  return ports.count == 1 ? cat(ports.first) : cat(ports.first, "-", ports.last());
}

Result<spec::ForwardPort> parse_port_mapping(std::string_view text) {
  spec::ForwardPort port;
  auto words = split(text, ':');
  if (words[0] == "tcp" || words[0] == "udp") {
    port.protocol = words[0];
    words.erase(words.begin());
  }
  std::vector<std::uint16_t> numbers;
  for (const auto word : words) {
    numbers.push_back(parse_number<std::uint16_t>(word).value_or(0));
  }
  const bool has_zero = std::ranges::find(numbers, 0) != numbers.end();
  if (numbers.empty() || numbers.size() > 2 || has_zero) {
    return refuse(cat("'", text, "' is not [tcp:|udp:]HOSTPORT[:CONTAINERPORT], of 1 to 65535"));
  }
  port.host_port = numbers.front();
  port.container_port = numbers.back();
  return port;
}

Result<std::string> parse_socket(std::string_view text) {
  constexpr std::size_t kLongestPath = 107;  // sockaddr_un, with its final zero
  if (text.starts_with('/')) {
    TRY_ASSIGN(auto path, parse_host_path(text));
    return path.size() <= kLongestPath ? Result<std::string>(std::move(path))
                                       : refuse("a socket's path has at most 107 characters");
  }
  const auto colon = text.rfind(':');
  const std::string_view port = colon == std::string_view::npos ? text : text.substr(colon + 1);
  const auto number = parse_number<std::uint16_t>(port);
  std::string_view address = colon == std::string_view::npos ? "" : text.substr(0, colon);
  const bool brackets = address.starts_with('[') && address.ends_with(']');
  const auto canonical_address = brackets
                                     ? canonical(AF_INET6, address.substr(1, address.size() - 2), 0)
                                     : canonical(AF_INET, address, 0);
  const bool has_prefix = text.find('/') != std::string_view::npos;
  if (!number || *number == 0 || has_prefix ||
      (colon != std::string_view::npos && !canonical_address)) {
    return refuse(cat("'", text, "' is no socket: PATH, PORT, ADDRESS:PORT or [ADDRESS6]:PORT"));
  }
  return colon == std::string_view::npos ? cat(*number)
         : brackets                      ? cat("[", *canonical_address, "]:", *number)
                                         : cat(*canonical_address, ":", *number);
}

std::string_view bare_address(std::string_view address) {
  return address.substr(0, address.find('/'));
}

}  // namespace warren::config
