// What makes a container end with warren, whatever its payload does: a process beside warren that
// waits for warren's end and then kills the container's process 1. PR_SET_PDEATHSIG alone would
// not do: the payload can take it back, and loses it by changing its user.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "kernel/clone.h"
#include "network/links.h"

namespace warren::launch {

class Lifeline {
 public:
  Lifeline() = default;
  /// From here on the process behind `leader`, a pidfd, does not outlive this one. The waiting
  /// process ends with it. It shares this process's memory, so it costs none; a caller that
  /// executes another program keeps the old memory alive with it. It is in the mount namespace
  /// that the caller is in now, and in no process group or session of the caller's.
  /// Once the leader has ended, however that came, interfaces go back by `way_back`.
  [[nodiscard]] static Result<Lifeline> make(int leader, const network::WayBack& way_back);
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
    int socket = -1;                        ///< of the way back
    int descriptors[4] = {-1, -1, -1, -1};  ///< all that it needs, in ascending order
    std::string message;                    ///< of the way back, where these two lead
    const char* bytes = nullptr;
    std::size_t length = 0;
  };
  static void close_others(const Shared& shared) noexcept;
  static void wait_for_end(void* shared) noexcept;

  std::unique_ptr<Shared> shared_;
  UniqueFd link_;  ///< closed by the kernel when this process ends
  kernel::Child guard_;
};

}  // namespace warren::launch
