// The kernel's packet filter, in the language of nft(8).
#pragma once

#include <string>

#include "base/result.h"

namespace warren::network {

/// Carries out `ruleset`, which plan/packet_filter.h has written, all of it or nothing, without
/// the program nft. Rules that are there already as they are meant are left alone. EEXIST when
/// something in it is there otherwise, ENOENT when something in it is missing.
[[nodiscard]] Result<> run_nft(const std::string& ruleset);

/// What the program `nft list OBJECT` says; ENOENT when there is no such object.
[[nodiscard]] Result<std::string> list_nft(const std::string& object);

}  // namespace warren::network
