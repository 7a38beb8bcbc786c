// How many processes of a cgroup the kernel has killed for want of memory: `oom_kill` in
// memory.events, the kernel's cgroup-v2.rst.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"
#include "monitor/event_loop.h"

namespace warren::monitor {

class MemoryKills {
 public:
  /// Of the cgroup at the directory descriptor `cgroup`. Where it has no controller of memory,
  /// nothing is ever counted.
  [[nodiscard]] static MemoryKills open(int cgroup);

  /// Those so far.
  [[nodiscard]] std::uint64_t count() const;

  /// Calls `on_kill` with the count whenever it has grown. This must stay where it is meanwhile.
  [[nodiscard]] Result<> attach(EventLoop& loop, std::function<void(std::uint64_t)> on_kill);

 private:
  explicit MemoryKills(UniqueFd events) : events_(std::move(events)) {}

  UniqueFd events_;
  std::uint64_t seen_ = 0;
};

/// The number in the text of a memory.events file; 0 when there is none.
[[nodiscard]] std::uint64_t parse_memory_kills(std::string_view text);

}  // namespace warren::monitor
