// The kernel's packet filter, nf_tables, over netlink: what a transaction is made of. Each write_
// function adds a request to it; names and numbers are those of linux/netfilter/nf_tables.h.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "kernel/netlink.h"

namespace warren::kernel {

/// Values as they are in registers and sets: parts padded to four bytes, in network byte order.
using FilterBytes = std::vector<std::uint8_t>;

/// The first request of every transaction.
[[nodiscard]] NetlinkRequests begin_filter_change();
/// All of it or nothing. The error is that of the first request that failed.
[[nodiscard]] Result<> commit_filter_change(NetlinkRequests requests);

void write_filter_table(NetlinkRequests& requests, std::string_view table);
void write_filter_table_deletion(NetlinkRequests& requests, std::string_view table);

/// A type as nft(8) numbers and shows it; of parts: six bits for each.
struct FilterType {
  std::uint32_t number = 0;
  std::uint32_t length = 0;  ///< in bytes
};
struct FilterSet {
  std::string_view name;
  FilterType key;
  FilterType value;  ///< length 0: a set, no map
};
/// `id` is another one for each set of a transaction.
void write_filter_set(NetlinkRequests& requests, std::string_view table, const FilterSet& set,
                      std::uint32_t id);

struct FilterChain {
  std::string_view name;
  std::string_view type;
  std::uint32_t hook = 0;
  std::int32_t priority = 0;
};
/// Packets that no rule decides on go on.
void write_filter_chain(NetlinkRequests& requests, std::string_view table,
                        const FilterChain& chain);
/// Takes all rules away.
void write_filter_chain_flush(NetlinkRequests& requests, std::string_view table,
                              std::string_view chain);

struct FilterEntry {
  FilterBytes key;
  FilterBytes value;
  std::string_view comment;
};
enum class FilterVerb { Add, Delete };
void write_filter_entries(NetlinkRequests& requests, FilterVerb verb, std::string_view table,
                          std::string_view set, std::span<const FilterEntry> entries);

/// A rule, written expression by expression; the destructor ends it. Registers are numbers of four
/// bytes each, from 0.
class FilterRule {
 public:
  /// At the end of `chain`. `mark` is kept with it, and shown to nobody but list_rule_marks().
  FilterRule(NetlinkRequests& requests, std::string_view table, std::string_view chain,
             std::uint64_t mark);
  ~FilterRule();
  FilterRule(const FilterRule&) = delete;
  FilterRule& operator=(const FilterRule&) = delete;

  void load_meta(std::uint32_t key, std::uint32_t to);
  void load_payload(std::uint32_t base, std::uint32_t offset, std::uint32_t length,
                    std::uint32_t to);
  void load_connection_status(std::uint32_t to);
  void load_destination_type(std::uint32_t to);  ///< whose address it is: RTN_LOCAL, …
  void mask(std::uint32_t in, std::uint32_t bits);
  void compare(std::uint32_t in, bool equal, const FilterBytes& value);
  void look_up(std::string_view set, std::uint32_t key);
  void look_up(std::string_view map, std::uint32_t key, std::uint32_t to);
  void translate_destination(std::uint32_t family, std::uint32_t address, std::uint32_t port);
  void masquerade();
  void decide(std::int32_t verdict);

 private:
  struct Opened {
    std::size_t element;
    std::size_t data;
  };
  [[nodiscard]] Opened open(std::string_view expression);
  void close(const Opened& opened);

  NetlinkRequests& requests_;
  std::size_t expressions_;
  std::uint64_t mark_;
};

/// The marks of all rules of a table, 0 for one that has none; empty without such a table.
[[nodiscard]] Result<std::vector<std::uint64_t>> list_rule_marks(std::string_view table);

}  // namespace warren::kernel
