#include "kernel/clone.h"

#include <linux/sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

namespace warren::kernel {

// clone_call.S: clone3 on a stack of its own cannot return through a C++ frame, since the child
// has none there. Calls main(argument) in the child and exits with 0; returns the process id or
// -errno in the parent.
extern "C" long warren_clone3_call(clone_args* arguments, std::size_t size, BorrowedMain main,
                                   void* argument) noexcept;

Result<Child> clone3(std::uint64_t flags, int cgroup, ChildMain main, const void* argument) {
  int pid_fd = -1;
  clone_args arguments = {};
  arguments.flags = flags | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pid_fd);
  arguments.exit_signal = SIGCHLD;
  if (cgroup >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<std::uint64_t>(cgroup);
  }
  const long pid = ::syscall(SYS_clone3, &arguments, sizeof arguments);
  if (pid < 0) {
    return Error::sys("clone3");
  }
  if (pid == 0) {
    main(argument);
    ::_exit(70);
  }
  return Child{.pid = static_cast<pid_t>(pid), .pid_fd = UniqueFd(pid_fd)};
}

Result<Child> clone3_with_memory(std::uint64_t flags, std::span<std::byte> stack, BorrowedMain main,
                                 void* argument) {
  int pid_fd = -1;
  clone_args arguments = {};
  arguments.flags = flags | CLONE_VM | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pid_fd);
  arguments.exit_signal = SIGCHLD;
  arguments.stack = reinterpret_cast<std::uintptr_t>(stack.data());
  arguments.stack_size = stack.size();
  const long pid = warren_clone3_call(&arguments, sizeof arguments, main, argument);
  if (pid < 0) {
    return Error::from_errno(static_cast<int>(-pid), "clone3");
  }
  return Child{.pid = static_cast<pid_t>(pid), .pid_fd = UniqueFd(pid_fd)};
}

Result<> clone3_and_wait(pid_t pid, BorrowedMain main, void* argument) {
  alignas(16) std::array<std::byte, std::size_t{16} * 1024> stack;
  clone_args arguments = {};
  arguments.flags = CLONE_VM | CLONE_VFORK | CLONE_FILES;
  arguments.exit_signal = SIGCHLD;
  arguments.stack = reinterpret_cast<std::uintptr_t>(stack.data());
  arguments.stack_size = stack.size();
  arguments.set_tid = reinterpret_cast<std::uintptr_t>(&pid);
  arguments.set_tid_size = 1;
  const long child = warren_clone3_call(&arguments, sizeof arguments, main, argument);
  if (child < 0) {
    return Error::from_errno(static_cast<int>(-child), "clone3");
  }
  while (::waitpid(static_cast<pid_t>(child), nullptr, 0) < 0) {
    if (errno != EINTR) {
      return Error::sys("waitpid");
    }
  }
  return {};
}

}  // namespace warren::kernel
