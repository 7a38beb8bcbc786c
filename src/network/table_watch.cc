// Runs in: the monitor, or `warren spawn`, on the host.
#include "network/table_watch.h"

#include <algorithm>
#include <utility>

#include "kernel/nf_tables_watch.h"

namespace warren::network {

Result<TableWatch> TableWatch::start(std::string table) {
  TRY_ASSIGN(auto events, kernel::listen_for_deleted_tables());
  return TableWatch(std::move(table), std::move(events));
}

bool TableWatch::serve() const {
  const auto messages = events_.receive();
  return !messages ||  // some were lost
         std::ranges::any_of(*messages, [this](const kernel::NetlinkMessage& message) {
           return kernel::deleted_table(message) == table_;
         });
}

}  // namespace warren::network
