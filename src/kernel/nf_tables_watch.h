// What the kernel says of changes of its packet filter, nf_tables: that a table is gone.
#pragma once

#include <string_view>

#include "base/result.h"
#include "kernel/netlink.h"

namespace warren::kernel {

/// A socket that gets what is said when a table is taken away, and does not block. Where its
/// program may not be loaded it gets all other changes too.
[[nodiscard]] Result<Netlink> listen_for_deleted_tables();

/// The name of the table that a message says is gone; empty for another message.
[[nodiscard]] std::string_view deleted_table(const NetlinkMessage& message);

}  // namespace warren::kernel
