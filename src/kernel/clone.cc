#include "kernel/clone.h"

#include <linux/sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace warren::kernel {

// clone_call.S: clone3 on a stack of its own cannot return through a C++ frame, since the child
// has none there. Calls main(argument) in the child and exits with 0; returns the process id or
// -errno in the parent.
extern "C" long warren_clone3_call(clone_args* arguments, std::size_t size, BorrowedMain main,
                                   void* argument) noexcept;

namespace {

void put_into(int cgroup, clone_args& arguments) {
  if (cgroup >= 0) {
    arguments.flags |= CLONE_INTO_CGROUP;
    arguments.cgroup = static_cast<std::uint64_t>(cgroup);
  }
}

}  // namespace

Result<Child> clone3(std::uint64_t flags, int cgroup, ChildMain main, const void* argument) {
  int pid_fd = -1;
  clone_args arguments = {};
  arguments.flags = flags | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pid_fd);
  arguments.exit_signal = SIGCHLD;
  put_into(cgroup, arguments);
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

Result<Child> clone3_with_memory(const Borrowed& borrowed) {
  int pid_fd = -1;
  clone_args arguments = {};
  arguments.flags = borrowed.flags | CLONE_VM | CLONE_PIDFD;
  arguments.pidfd = reinterpret_cast<std::uintptr_t>(&pid_fd);
  arguments.exit_signal = SIGCHLD;
  arguments.stack = reinterpret_cast<std::uintptr_t>(borrowed.stack.data());
  arguments.stack_size = borrowed.stack.size();
  put_into(borrowed.cgroup, arguments);
  if (borrowed.pid > 0) {
    arguments.set_tid = reinterpret_cast<std::uintptr_t>(&borrowed.pid);
    arguments.set_tid_size = 1;
  }
  const long pid =
      warren_clone3_call(&arguments, sizeof arguments, borrowed.main, borrowed.argument);
  if (pid < 0) {
    return Error::from_errno(static_cast<int>(-pid), "clone3");
  }
  return Child{.pid = static_cast<pid_t>(pid), .pid_fd = UniqueFd(pid_fd)};
}

}  // namespace warren::kernel
