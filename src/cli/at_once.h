// The same for many containers at once.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace warren::cli {

/// Runs `act` for each name in a process of its own, a bounded number at a time; for a single name
/// in this one. False if any returned anything but 0.
[[nodiscard]] bool for_each_at_once(const std::vector<std::string>& names,
                                    const std::function<int(const std::string&)>& act);

}  // namespace warren::cli
