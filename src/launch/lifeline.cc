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

// Runs in: a process that shares the launcher's memory, while the launcher goes on: neither errno
// nor the C library may be touched here.

namespace {

[[gnu::always_inline, gnu::no_sanitize("address", "undefined")]] inline void wait_for(
    pollfd* ends, unsigned count, int milliseconds) {
  while (kernel::raw_syscall(SYS_poll, ends, count, milliseconds) == -EINTR) {
  }
}

}  // namespace

/// Locks are held by whoever has their descriptors: none may stay here.
[[gnu::no_sanitize("address", "undefined")]] void Lifeline::close_others(
    const Shared& shared) noexcept {
  int first = 0;
  for (const int kept : shared.descriptors) {
    if (kept >= 0) {
      if (kept > first) {
        kernel::raw_syscall(SYS_close_range, first, kept - 1, 0);
      }
      first = kept + 1;
    }
  }
  kernel::raw_syscall(SYS_close_range, first, ~0U, 0);
}

[[gnu::no_sanitize("address", "undefined")]] void Lifeline::wait_for_end(void* memory) noexcept {
  using kernel::raw_syscall;
  constexpr int kForever = -1;
  constexpr int kKilled = 10'000;  // milliseconds: a process may hang in the kernel
  const auto& shared = *static_cast<const Shared*>(memory);
  close_others(shared);
  raw_syscall(SYS_setsid);
  pollfd ends[2];
  ends[0] = {.fd = shared.link, .events = POLLIN, .revents = 0};
  ends[1] = {.fd = shared.leader, .events = POLLIN, .revents = 0};
  wait_for(&ends[0], 2, kForever);
  if (ends[1].revents == 0) {
    raw_syscall(SYS_pidfd_send_signal, shared.leader, SIGKILL, nullptr, 0);
  }
  if (shared.socket >= 0) {
    wait_for(&ends[1], 1, kKilled);
    raw_syscall(SYS_write, shared.socket, shared.bytes, shared.length);
  }
}

Result<Lifeline> Lifeline::make(int leader, const network::WayBack& way_back) {
  TRY_ASSIGN(auto link, kernel::socket_pair());
  Lifeline lifeline;
  lifeline.link_ = std::move(link.first);
  lifeline.shared_ = std::make_unique<Shared>();
  Shared& shared = *lifeline.shared_;
  shared.link = link.second.get();
  shared.leader = leader;
  shared.socket = way_back.socket;
  shared.message = way_back.message;
  shared.bytes = shared.message.data();
  shared.length = shared.message.size();
  const int needed[] = {shared.link, leader, way_back.socket, way_back.net_namespace};
  std::ranges::copy(needed, shared.descriptors);
  std::ranges::sort(shared.descriptors);
  TRY_ASSIGN(lifeline.guard_, kernel::clone3_with_memory({.main = wait_for_end,
                                                          .argument = lifeline.shared_.get(),
                                                          .stack = shared.stack}));
  return lifeline;
}

Lifeline::~Lifeline() {
  link_.reset();
  if (guard_.pid_fd) {
    (void)kernel::wait_for_exit(guard_.pid_fd.get());
  }
}

}  // namespace warren::launch
