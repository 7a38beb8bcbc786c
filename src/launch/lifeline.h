// What makes a container end with warren, whatever its payload does: a process beside warren that
// waits for warren's end and then kills the container's process 1. PR_SET_PDEATHSIG alone would
// not do: the payload can take it back, and loses it by changing its user.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "base/result.h"
#include "base/unique_fd.h"
#include "kernel/clone.h"

namespace warren::launch {

class Lifeline {
 public:
  Lifeline() = default;
  /// From here on the process behind `leader`, a pidfd, does not outlive this one. The waiting
  /// process ends with it. It shares this process's memory, so it costs none; a caller that
  /// executes another program keeps the old memory alive with it. It is in the mount namespace
  /// that the caller is in now, and in no process group or session of the caller's.
  [[nodiscard]] static Result<Lifeline> make(int leader);
  Lifeline(Lifeline&&) noexcept = default;
  Lifeline& operator=(Lifeline&&) = delete;
  /// Kills the leader, if it has not ended.
  ~Lifeline();

 private:
  /// What the waiting process uses of the shared memory.
  struct Shared {
    alignas(16) std::array<std::byte, 2048> stack;
    int link = -1;
    int leader = -1;
  };
  static void wait_for_end(void* shared) noexcept;

  std::unique_ptr<Shared> shared_;
  UniqueFd link_;  ///< closed by the kernel when this process ends
  kernel::Child guard_;
};

}  // namespace warren::launch
