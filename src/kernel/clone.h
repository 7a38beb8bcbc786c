// clone3(2): the one place where processes are made.
#pragma once

#include <sched.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::kernel {

/// What a new process runs. Must leave by execve(2) or _exit(2), never return.
using ChildMain = void (*)(const void* argument) noexcept;

struct Child {
  pid_t pid = -1;   ///< as seen from here
  UniqueFd pid_fd;  ///< pidfd_open(2) of it
};

/// Makes a child with its own copy of this process's memory, CLONE_* `flags` (all namespaces in
/// one call), in the cgroup2 directory `cgroup` unless that is negative (Linux 5.7).
/// The calling process must have a single thread.
[[nodiscard]] Result<Child> clone3(std::uint64_t flags, int cgroup, ChildMain main,
                                   const void* argument);

/// What a child with this process's memory runs, while this process goes on: it must not touch
/// errno or the C library (raw_syscall.h).
using BorrowedMain = void (*)(void* argument) noexcept;

struct Borrowed {
  BorrowedMain main = nullptr;
  void* argument = nullptr;
  std::span<std::byte> stack;  ///< this and the argument must stay until the child's end or execve
  std::uint64_t flags = 0;     ///< more of CLONE_*
  int cgroup = -1;             ///< as with clone3()
  pid_t pid = 0;  ///< the number it gets in its pid namespace, whose counter then does not move
};

/// Makes a child with this process's memory, which costs less than a copy of it. It is in the pid
/// namespace that setns(2) chose for children.
[[nodiscard]] Result<Child> clone3_with_memory(const Borrowed& borrowed);

}  // namespace warren::kernel
