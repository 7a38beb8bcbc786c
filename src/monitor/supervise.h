// Stays with a running container in the foreground: console, signals, readiness, its end.
#pragma once

#include <chrono>
#include <csignal>
#include <functional>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "kernel/process.h"
#include "launch/launch.h"
#include "monitor/event_loop.h"
#include "spec/container.h"

namespace warren::monitor {

/// What a monitor that stays with a container in the background wants besides.
struct Keeping {
  std::function<void(std::string_view)> sink;  ///< gets what is printed on the console
  std::chrono::milliseconds timeout_start{0};  ///< how long it may take to get ready; 0: forever
  /// How long it may take to end; then it is killed. 0: forever. Read after on_stopping().
  std::chrono::milliseconds timeout_stop{0};
  std::function<void()> on_start_timeout;      ///< it was not ready in time, and is killed
  std::function<void()> on_stopping;           ///< it has been asked to end
  std::function<Result<>(EventLoop&)> attach;  ///< adds what else is to be served
};

struct Watch {
  spec::Console console = spec::Console::Pipe;
  std::optional<int> kill_signal;  ///< what asks process 1 to end; none: see supervise()
  bool announce_ready = false;     ///< tell when process 1 says that it is ready
  std::function<void()> on_ready;
  std::function<void()> before_end;            ///< called before it is asked to end
  std::function<Result<>(EventLoop&)> attach;  ///< adds what else is to be served, in this life
  const Keeping* keeping = nullptr;            ///< with it SIGQUIT kills at once
};

/// Signals that supervise() handles, but for those that the caller has ignored. They must be
/// blocked from before the launch.
[[nodiscard]] sigset_t supervised_signals();

/// Serves the container until it has ended. SIGTERM, SIGINT, SIGQUIT and SIGHUP ask it to end: by
/// the kill signal, as soon as process 1 listens to it; without one by SIGTERM (SIGHUP for SIGHUP)
/// if process 1 listens to that, and at once otherwise. A second signal kills it. SIGTSTP stops
/// warren, not the container, with the caller's terminal as it was found.
[[nodiscard]] Result<kernel::Exit> supervise(launch::Launched& container, const Watch& watch);

enum class Pause { Over, Stop };
/// Waits, between two lives of a container: until the time is over or a signal asks to end.
[[nodiscard]] Result<Pause> pause(std::chrono::milliseconds time, const Keeping& keeping);

/// reboot(2) ends process 1 of a pid namespace by SIGHUP, power-off and halt by SIGINT.
[[nodiscard]] bool is_reboot(const kernel::Exit& exit);
[[nodiscard]] bool is_power_off(const kernel::Exit& exit);

}  // namespace warren::monitor
