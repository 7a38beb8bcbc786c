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

/// What clone3_and_wait() runs; its memory and descriptors are the caller's.
using BorrowedMain = void (*)(void* argument) noexcept;

/// Runs `main` to its end in a child that shares this process's memory and descriptor table but
/// has namespaces of its own, and waits for it: a way to do something in the pid namespace that
/// setns(2) chose for children. The child gets process id `pid` in that namespace, so that the
/// counter there does not move.
[[nodiscard]] Result<> clone3_and_wait(pid_t pid, BorrowedMain main, void* argument);

/// Makes a child that runs `main` on `stack` with this process's memory, and a copy of its
/// descriptor table; both go on at the same time. `stack` and what `main` uses must stay until the
/// child has ended, and `main` must not touch errno or the C library.
[[nodiscard]] Result<Child> clone3_with_memory(std::uint64_t flags, std::span<std::byte> stack,
                                               BorrowedMain main, void* argument);

}  // namespace warren::kernel
