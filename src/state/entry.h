// What it takes to run another program in a running container with no more rights than its
// process 1 has. Kept with the container's name, for root alone: it has the environment.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace warren::state {

/// The file below /run/warren/NAME.
inline constexpr const char* kEntryFile = "entry";

struct Entry {
  pid_t leader = 0;                ///< process 1, as the host sees it
  std::uint64_t leader_start = 0;  ///< when that started: tells it from a later one (proc(5) stat)
  std::string cgroup;              ///< see Cgroup::path()
  bool user_namespace = true;
  std::uint64_t bounding = 0;  ///< capabilities
  bool no_new_privileges = false;
  std::optional<unsigned long> personality;
  std::vector<std::string> environment;  ///< NAME=VALUE, of process 1
  /// What makes it less of a boundary: a setting and its consequence.
  std::vector<std::pair<std::string, std::string>> weakenings;
  std::string filter;  ///< the system-call filter: bytes of sock_filter; empty for none
  friend bool operator==(const Entry&, const Entry&) = default;
};

[[nodiscard]] std::string to_text(const Entry& entry);
/// Fails for what to_text() has not written.
[[nodiscard]] Result<Entry> parse_entry(std::string_view text);

}  // namespace warren::state
