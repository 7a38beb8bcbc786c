// Stays with a running container in the foreground: console, signals, readiness, its end.
#pragma once

#include <csignal>
#include <functional>
#include <optional>

#include "base/result.h"
#include "kernel/process.h"
#include "launch/launch.h"
#include "spec/container.h"

namespace warren::monitor {

struct Watch {
  spec::Console console = spec::Console::Pipe;
  std::optional<int> kill_signal;  ///< what asks process 1 to end; none: see supervise()
  bool announce_ready = false;     ///< tell when process 1 says that it is ready
  std::function<void()> on_ready;
};

/// Signals that supervise() handles, but for those that the caller has ignored. They must be
/// blocked from before the launch.
[[nodiscard]] sigset_t supervised_signals();

/// Serves the container until it has ended. SIGTERM, SIGINT, SIGQUIT and SIGHUP ask it to end: by
/// the kill signal, as soon as process 1 listens to it; without one by SIGTERM (SIGHUP for SIGHUP)
/// if process 1 listens to that, and at once otherwise. A second signal kills it. SIGTSTP stops
/// warren, not the container, with the caller's terminal as it was found.
[[nodiscard]] Result<kernel::Exit> supervise(launch::Launched& container, const Watch& watch);

/// reboot(2) ends process 1 of a pid namespace by SIGHUP, power-off and halt by SIGINT.
[[nodiscard]] bool is_reboot(const kernel::Exit& exit);
[[nodiscard]] bool is_power_off(const kernel::Exit& exit);

}  // namespace warren::monitor
