// Notices that a table of the packet filter is taken away, as by somebody's `nft flush ruleset`.
#pragma once

#include <string>

#include "base/result.h"
#include "kernel/netlink.h"

namespace warren::network {

class TableWatch {
 public:
  /// For table `table` of the family inet, in this process's network namespace. The kernel wakes it
  /// only when a table is taken away, whatever else changes.
  [[nodiscard]] static Result<TableWatch> start(std::string table);

  /// Readable when there is something to serve.
  [[nodiscard]] int fd() const { return events_.fd(); }
  /// Whether the table was taken away since; it may be there again.
  [[nodiscard]] bool serve() const;

 private:
  TableWatch(std::string table, kernel::Netlink events)
      : table_(std::move(table)), events_(std::move(events)) {}

  std::string table_;
  kernel::Netlink events_;
};

}  // namespace warren::network
