#include "launch/lifeline.h"

#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

#include "kernel/process.h"
#include "kernel/raw_syscall.h"
#include "kernel/socket.h"

namespace warren::launch {
namespace {

/// The descriptor that comes over `link`; -1 at its end.
[[gnu::always_inline, gnu::no_sanitize("address", "undefined")]] inline int receive_leader(
    std::uintptr_t link) {
  char byte = 0;
  iovec text = {.iov_base = &byte, .iov_len = 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message = {};
  message.msg_iov = &text;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  long length = -EINTR;
  while (length == -EINTR) {
    length = kernel::raw_syscall(SYS_recvmsg, link, reinterpret_cast<std::uintptr_t>(&message),
                                 MSG_CMSG_CLOEXEC, 0);
  }
  const cmsghdr* const part = CMSG_FIRSTHDR(&message);
  return length == 1 && part != nullptr && part->cmsg_type == SCM_RIGHTS
             ? *reinterpret_cast<const int*>(CMSG_DATA(part))
             : -1;
}

}  // namespace

/// Runs in: a process that shares the launcher's memory, while the launcher goes on: neither errno
/// nor the C library may be touched here.
[[gnu::no_sanitize("address", "undefined")]] void Lifeline::wait_for_end(void* shared) noexcept {
  using kernel::raw_syscall;
  const auto link = static_cast<std::uintptr_t>(static_cast<const Shared*>(shared)->link);
  // Locks are held by whoever has their descriptors: none may stay here.
  raw_syscall(SYS_close_range, 0, link - 1, 0, 0);
  raw_syscall(SYS_close_range, link + 1, ~0U, 0, 0);
  raw_syscall(SYS_setsid, 0, 0, 0, 0);
  const int leader = receive_leader(link);
  if (leader >= 0) {
    (void)receive_leader(link);  // nothing more comes but the end
    raw_syscall(SYS_pidfd_send_signal, static_cast<std::uintptr_t>(leader), SIGKILL, 0, 0);
  }
}

Result<Lifeline> Lifeline::make() {
  TRY_ASSIGN(auto link, kernel::socket_pair());
  Lifeline lifeline;
  lifeline.link_ = std::move(link.first);
  lifeline.shared_ = std::make_unique<Shared>();
  lifeline.shared_->link = link.second.get();
  TRY_ASSIGN(lifeline.guard_, kernel::clone3_with_memory(0, lifeline.shared_->stack, wait_for_end,
                                                         lifeline.shared_.get()));
  return lifeline;
}

Lifeline::~Lifeline() {
  link_.reset();
  if (guard_.pid_fd) {
    (void)kernel::wait_for_exit(guard_.pid_fd.get());
  }
}

Result<> Lifeline::hold(int leader) const { return kernel::send_descriptor(link_.get(), leader); }

}  // namespace warren::launch
