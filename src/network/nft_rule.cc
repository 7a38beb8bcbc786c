#include "network/nft_rule.h"

#include <netinet/in.h>

// behind the C library's, with which they share names
#include <linux/netfilter.h>
#include <linux/netfilter/nf_conntrack_common.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <vector>

#include "base/net_address.h"
#include "base/text.h"

namespace warren::network {
namespace {

using kernel::FilterBytes;
using kernel::FilterRule;

/// What can be compared and looked up: a field of the packet, or what the kernel knows of it.
struct Selector {
  std::string_view text;
  std::uint32_t length;  ///< in bytes
  std::uint32_t family;  ///< of the packets that have it; 0 for all
  bool is_meta;
  std::uint32_t key;  ///< NFT_META_…, or the header that it is in
  std::uint32_t offset;
};

constexpr auto kSelectors = std::to_array<Selector>({
    {"iifname", IFNAMSIZ, 0, true, NFT_META_IIFNAME, 0},
    {"oifname", IFNAMSIZ, 0, true, NFT_META_OIFNAME, 0},
    {"meta l4proto", 1, 0, true, NFT_META_L4PROTO, 0},
    {"th dport", 2, 0, false, NFT_PAYLOAD_TRANSPORT_HEADER, 2},
    {"ip saddr", 4, NFPROTO_IPV4, false, NFT_PAYLOAD_NETWORK_HEADER, 12},
    {"ip daddr", 4, NFPROTO_IPV4, false, NFT_PAYLOAD_NETWORK_HEADER, 16},
    {"ip6 saddr", 16, NFPROTO_IPV6, false, NFT_PAYLOAD_NETWORK_HEADER, 8},
    {"ip6 daddr", 16, NFPROTO_IPV6, false, NFT_PAYLOAD_NETWORK_HEADER, 24},
});

constexpr std::uint32_t registers_of(std::uint32_t length) { return (length + 3) / 4; }

FilterBytes padded(FilterBytes bytes) {
  bytes.resize(std::size_t{4} * registers_of(static_cast<std::uint32_t>(bytes.size())));
  return bytes;
}

Result<FilterBytes> part_bytes(std::string_view text) {
  if (text.size() > 2 && text.front() == '"' && text.back() == '"' && text.size() - 2 < IFNAMSIZ) {
    FilterBytes name(text.begin() + 1, text.end() - 1);
    name.resize(IFNAMSIZ);
    return name;
  }
  if (text == "tcp" || text == "udp") {
    return FilterBytes{text == "tcp" ? std::uint8_t{IPPROTO_TCP} : std::uint8_t{IPPROTO_UDP}};
  }
  if (const auto port = parse_number<std::uint16_t>(text)) {
    return FilterBytes{static_cast<std::uint8_t>(*port >> 8),
                       static_cast<std::uint8_t>(*port & 0xff)};
  }
  if (const auto address = parse_ip_address(text)) {
    const auto bytes = address->significant().first(address->prefix / 8);
    return FilterBytes(bytes.begin(), bytes.end());
  }
  return Error::because("change the packet filter", text, "it is no value");
}

/// Takes words off the front of a rule.
class Words {
 public:
  explicit Words(std::string_view text) : rest_(text) {}
  [[nodiscard]] bool empty() const { return rest_.empty(); }

  bool take(std::string_view words) {
    if (!rest_.starts_with(words) || (rest_.size() > words.size() && rest_[words.size()] != ' ')) {
      return false;
    }
    rest_.remove_prefix(std::min(words.size() + 1, rest_.size()));
    return true;
  }

  std::string_view next() {
    const auto word = rest_.substr(0, rest_.find(' '));
    rest_.remove_prefix(std::min(word.size() + 1, rest_.size()));
    return word;
  }

 private:
  std::string_view rest_;
};

class Translation {
 public:
  Translation(FilterRule& rule, std::string_view text) : rule_(rule), words_(text) {}

  Result<> run() {
    while (!words_.empty()) {
      TRY(statement());
    }
    return {};
  }

 private:
  Result<> statement() {
    if (words_.take("masquerade")) {
      rule_.masquerade();
    } else if (words_.take("drop")) {
      rule_.decide(NF_DROP);
    } else if (words_.take("return")) {
      rule_.decide(NFT_RETURN);
    } else if (words_.take("fib daddr type local")) {
      rule_.load_destination_type(0);
      rule_.compare(0, true, {RTN_LOCAL, 0, 0, 0});
    } else if (words_.take("ct status dnat")) {
      rule_.load_connection_status(0);
      rule_.mask(0, IPS_DST_NAT);
      rule_.compare(0, false, FilterBytes(4));
    } else if (words_.take("dnat ip to")) {
      return translate(NFPROTO_IPV4);
    } else if (words_.take("dnat ip6 to")) {
      return translate(NFPROTO_IPV6);
    } else {
      return match();
    }
    return {};
  }

  Result<std::vector<const Selector*>> selectors() {
    std::vector<const Selector*> found;
    do {
      const auto one = std::ranges::find_if(
          kSelectors, [&](const Selector& candidate) { return words_.take(candidate.text); });
      if (one == kSelectors.end()) {
        return Error::because("change the packet filter", words_.next(), "it is no match");
      }
      found.push_back(one);
    } while (words_.take("."));
    return found;
  }

  /// Packets of another family do not have these.
  void require_family(const std::vector<const Selector*>& selectors) {
    for (const auto* one : selectors) {
      if (one->family != 0 && one->family != family_) {
        family_ = one->family;
        rule_.load_meta(NFT_META_NFPROTO, 0);
        rule_.compare(0, true, {static_cast<std::uint8_t>(family_)});
      }
    }
  }

  void load(const Selector& one, std::uint32_t length, std::uint32_t to) {
    if (one.is_meta) {
      rule_.load_meta(one.key, to);
    } else {
      rule_.load_payload(one.key, one.offset, length, to);
    }
  }

  /// One behind the other, as they are in sets.
  void load_all(const std::vector<const Selector*>& selectors) {
    std::uint32_t to = 0;
    for (const auto* one : selectors) {
      load(*one, one->length, to);
      to += registers_of(one->length);
    }
  }

  Result<> match() {
    TRY_ASSIGN(const auto found, selectors());
    require_family(found);
    const bool differs = words_.take("!=");
    const auto word = words_.next();
    if (word.starts_with('@')) {
      load_all(found);
      rule_.look_up(word.substr(1), 0);
      return {};
    }
    TRY_ASSIGN(const auto value, part_bytes(word));
    load(*found.front(), static_cast<std::uint32_t>(value.size()), 0);
    rule_.compare(0, !differs, value);
    return {};
  }

  /// `SELECTORS map @NAME`: address and port.
  Result<> translate(std::uint32_t family) {
    TRY_ASSIGN(const auto found, selectors());
    const auto map = words_.take("map") ? words_.next() : std::string_view();
    if (!map.starts_with('@')) {
      return Error::because("change the packet filter", "dnat", "it names no map");
    }
    require_family(found);
    load_all(found);
    rule_.look_up(map.substr(1), 0, 0);
    rule_.translate_destination(family, 0, family == NFPROTO_IPV4 ? 1 : 4);
    return {};
  }

  FilterRule& rule_;
  Words words_;
  std::uint32_t family_ = 0;
};

}  // namespace

Result<> write_rule(FilterRule& rule, std::string_view text) {
  return Translation(rule, text).run();
}

Result<FilterBytes> filter_bytes(std::string_view text) {
  FilterBytes all;
  for (const auto word : split(text, ' ')) {
    if (word == ".") {
      continue;
    }
    TRY_ASSIGN(auto bytes, part_bytes(word));
    bytes = padded(std::move(bytes));
    all.insert(all.end(), bytes.begin(), bytes.end());
  }
  return all;
}

}  // namespace warren::network
