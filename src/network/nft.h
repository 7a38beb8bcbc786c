// nft(8) of the package nftables, which changes the kernel's packet filter in one transaction.
#pragma once

#include <string>

#include "base/result.h"

namespace warren::network {

/// Carries out `ruleset`, all of it or nothing. EEXIST when something in it is there otherwise,
/// ENOENT when something in it is missing.
[[nodiscard]] Result<> run_nft(const std::string& ruleset);

/// What `nft list OBJECT` says; ENOENT when there is no such object.
[[nodiscard]] Result<std::string> list_nft(const std::string& object);

}  // namespace warren::network
