// One life of a container: from its launch to the end of its process 1.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "kernel/process.h"
#include "manager/hold.h"
#include "monitor/supervise.h"
#include "spec/container.h"
#include "state/cgroup.h"
#include "state/paths.h"

namespace warren::manager {

/// The cgroup that a held container runs in: one of its own, or, where it stays in the caller's
/// unit, one below that.
[[nodiscard]] Result<state::Cgroup> make_cgroup(const spec::Container& container, const Held& held,
                                                const state::Paths& paths);

/// Who wants to know how far it is.
struct LifeEvents {
  std::function<void(pid_t leader)> on_executed;  ///< process 1's program runs
  std::function<void(pid_t leader)> on_ready;     ///< it is ready: see plan::Readiness
  const monitor::Keeping* keeping = nullptr;      ///< of a monitor in the background
  /// Names of descriptors from 3 on that this process has opened for the container.
  std::vector<std::string> passed_descriptors = {};
  /// Adds what else is to be served as long as this process 1 runs.
  std::function<void(monitor::EventLoop& loop, pid_t leader)> attach = [](monitor::EventLoop&,
                                                                          pid_t) {};
  /// The kernel has killed processes of it for want of memory, so many by now.
  std::function<void(std::uint64_t count)> on_memory_kill = [](std::uint64_t) {};
  /// What is declared and does not hold here, before anything runs.
  std::function<void(const std::vector<std::string>& warnings)> on_warnings =
      [](const std::vector<std::string>&) {};
};

/// Plans, launches and serves the container until its process 1 has ended.
[[nodiscard]] Result<kernel::Exit> live_once(const spec::Container& container, Held& held,
                                             const state::Paths& paths, const LifeEvents& events);

}  // namespace warren::manager
