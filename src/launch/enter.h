// Runs one more program in a running container, with no more rights than its process 1.
#pragma once

#include "base/result.h"
#include "kernel/clone.h"
#include "plan/plan.h"

namespace warren::launch {

/// The container to enter.
struct Door {
  int leader = -1;             ///< pidfd of process 1
  pid_t leader_pid = 0;        ///< the same, as seen from here
  bool user_namespace = true;  ///< it has one of its own
  int cgroup = -1;             ///< cgroup2 directory that process 1 is in
  int terminal = -1;           ///< becomes the program's controlling terminal and its standard
                               ///< streams; -1: the caller's streams as they are
};

/// Executes `process` in all namespaces of the container, its cgroup, its limits. This process
/// takes on the limits itself, so it is for programs that do nothing else. The child dies with
/// this process. A program that could not be executed is an error whose operation is "execute".
[[nodiscard]] Result<kernel::Child> enter(const plan::ProcessPlan& process, const Door& door);

}  // namespace warren::launch
