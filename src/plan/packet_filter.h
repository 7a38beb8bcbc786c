// The rules of warren's packet filter, as text for nft(8). A table has fixed rules and, for what
// is of one container, elements of sets and maps: those come and go without touching another
// one's, in one transaction. An element's comment names its owner.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "spec/declaration.h"

namespace warren::plan {

/// One interface of a container as the packet filter sees it.
struct FilteredLink {
  std::string host_interface;  ///< that packets to it leave the host by: its other end, or a bridge
  std::string address;         ///< inside, without a prefix length; empty for none
  std::string address6;
  std::vector<spec::ForwardPort> forwards;
  friend bool operator==(const FilteredLink&, const FilteredLink&) = default;
};

/// What one container wants of the packet filter.
struct Filtered {
  std::vector<FilteredLink> links;
  bool internet = false;  ///< its packets leave the host with the host's address
  friend bool operator==(const Filtered&, const Filtered&) = default;
};

struct FilterElement {
  std::string set;
  std::string key;    ///< as nft writes it
  std::string value;  ///< of maps
  std::string owner;
  friend bool operator==(const FilterElement&, const FilterElement&) = default;
};

/// A container's elements. A forward to a family that a link has no address of makes none.
[[nodiscard]] std::vector<FilterElement> filter_elements(const Filtered& wanted,
                                                         std::string_view owner);

/// Makes the table and its fixed rules as they are meant, whatever there was, and keeps elements.
[[nodiscard]] std::string table_text(std::string_view table);
[[nodiscard]] std::string add_text(std::string_view table,
                                   const std::vector<FilterElement>& elements);
[[nodiscard]] std::string delete_text(std::string_view table,
                                      const std::vector<FilterElement>& elements);

/// The elements in what `nft list table` says.
[[nodiscard]] std::vector<FilterElement> parse_elements(std::string_view listing);

/// Which families the host has to forward packets of for it.
struct Families {
  bool ipv4 = false;
  bool ipv6 = false;
};
[[nodiscard]] Families forwarded_families(const Filtered& wanted);

/// Whether a table but for `table` has a chain that sees forwarded packets, or changes addresses,
/// in what `nft list chains` says: somebody may need the host to forward.
[[nodiscard]] bool has_forwarding_chains(std::string_view listing, std::string_view table);

/// The tables, but for `table`, with a chain that drops forwarded packets unless a rule of its own
/// takes them, in what `nft list chains` says: `ip filter`. No rule of another table can help.
[[nodiscard]] std::vector<std::string> dropping_tables(std::string_view listing,
                                                       std::string_view table);

}  // namespace warren::plan
