// A rule of nft(8)'s language as expressions of the kernel's.
#pragma once

#include <string_view>

#include "base/result.h"
#include "kernel/nf_tables.h"

namespace warren::network {

/// Writes `text`, such as `ip saddr @home4 return`: matches, then what is done.
[[nodiscard]] Result<> write_rule(kernel::FilterRule& rule, std::string_view text);

/// `10.0.0.1 . tcp . "eth0" . 80` as it is in registers and sets; without a final blank.
[[nodiscard]] Result<kernel::FilterBytes> filter_bytes(std::string_view text);

}  // namespace warren::network
