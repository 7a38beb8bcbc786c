// Processes by pidfd: pidfd_send_signal(2), waitid(2) P_PIDFD, and descriptors across exec.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::kernel {

/// How a process ended.
struct Exit {
  bool by_signal = false;
  int code = 0;  ///< the exit status, or the signal's number
};

[[nodiscard]] Result<UniqueFd> pidfd_open(pid_t pid);

/// pidfd_send_signal(2). ESRCH when the process is gone.
[[nodiscard]] Result<> send_signal(int pid_fd, int signal);

/// Waits for this child's end and reaps it.
[[nodiscard]] Result<Exit> wait_for_exit(int pid_fd);

/// When process `pid` started, in clock ticks after the boot (proc(5) stat): with the id it names
/// the process for good. ESRCH when there is none.
[[nodiscard]] Result<std::uint64_t> start_time(pid_t pid);

/// Lets `signal`, which is blocked, do once what it does by default.
void take_signal(int signal);
/// Whether the process that had id `pid` and started at `start` runs; one that has ended and was
/// not waited for does not.
[[nodiscard]] bool is_running(pid_t pid, std::uint64_t start);

/// Waits for the end of a process that may be anybody's child.
void wait_for_end(int pid_fd);

/// Whether this process has a single thread, as launching needs it.
[[nodiscard]] bool is_single_threaded();

/// Marks every descriptor from `lowest` up close-on-exec.
[[nodiscard]] Result<> close_on_exec_from(unsigned lowest);

}  // namespace warren::kernel
