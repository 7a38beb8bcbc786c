// What a running container uses of the host, and what it may: from the files of its cgroup.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace warren::manager {

/// A number and the most that it may be.
struct Used {
  std::uint64_t used = 0;
  std::optional<std::uint64_t> allowed;  ///< none: no limit of its own
  friend bool operator==(const Used&, const Used&) = default;
};

/// What is none is not counted on this host.
struct Usage {
  std::optional<Used> memory;  ///< bytes
  std::optional<Used> swap;    ///< bytes
  std::optional<Used> tasks;
  std::optional<double> cpu_seconds;          ///< so far, of all processors together
  std::optional<double> cpus_allowed;         ///< processors; none: no limit
  std::optional<std::uint64_t> memory_kills;  ///< processes that the kernel killed for want of it
};

/// Of the cgroup at the directory descriptor `cgroup`.
[[nodiscard]] Usage read_usage(int cgroup);

}  // namespace warren::manager
