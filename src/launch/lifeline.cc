#include "launch/lifeline.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "kernel/process.h"
#include "kernel/raw_syscall.h"
#include "kernel/socket.h"

namespace warren::launch {

/// Runs in: a process that shares the launcher's memory, while the launcher goes on: neither errno
/// nor the C library may be touched here.
[[gnu::no_sanitize("address", "undefined")]] void Lifeline::wait_for_end(void* shared) noexcept {
  using kernel::raw_syscall;
  const int link = static_cast<const Shared*>(shared)->link;
  const int leader = static_cast<const Shared*>(shared)->leader;
  // Locks are held by whoever has their descriptors: none may stay here.
  const auto low = static_cast<std::uintptr_t>(link < leader ? link : leader);
  const auto high = static_cast<std::uintptr_t>(link < leader ? leader : link);
  raw_syscall(SYS_close_range, 0, low - 1, 0, 0);
  raw_syscall(SYS_close_range, low + 1, high - 1, 0, 0);  // fails when there is none in between
  raw_syscall(SYS_close_range, high + 1, ~0U, 0, 0);
  raw_syscall(SYS_setsid, 0, 0, 0, 0);
  pollfd ends[2];
  ends[0] = {.fd = link, .events = POLLIN, .revents = 0};
  ends[1] = {.fd = leader, .events = POLLIN, .revents = 0};
  while (raw_syscall(SYS_poll, reinterpret_cast<std::uintptr_t>(ends), 2, ~0UL, 0) == -EINTR) {
  }
  if (ends[1].revents == 0) {
    raw_syscall(SYS_pidfd_send_signal, static_cast<std::uintptr_t>(leader), SIGKILL, 0, 0);
  }
}

Result<Lifeline> Lifeline::make(int leader) {
  TRY_ASSIGN(auto link, kernel::socket_pair());
  Lifeline lifeline;
  lifeline.link_ = std::move(link.first);
  lifeline.shared_ = std::make_unique_for_overwrite<Shared>();
  lifeline.shared_->link = link.second.get();
  lifeline.shared_->leader = leader;
  TRY_ASSIGN(lifeline.guard_, kernel::clone3_with_memory({.main = wait_for_end,
                                                          .argument = lifeline.shared_.get(),
                                                          .stack = lifeline.shared_->stack}));
  return lifeline;
}

Lifeline::~Lifeline() {
  link_.reset();
  if (guard_.pid_fd) {
    (void)kernel::wait_for_exit(guard_.pid_fd.get());
  }
}

}  // namespace warren::launch
