#include "monitor/attend.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <utility>

#include "monitor/console.h"
#include "monitor/event_loop.h"

namespace warren::monitor {
namespace {

struct HandedOn {
  int number;
  bool to_group;
};

constexpr auto kSignals = std::to_array<HandedOn>({
    {SIGINT, true},
    {SIGQUIT, true},
    {SIGHUP, true},
    {SIGTERM, false},
    {SIGUSR1, false},
    {SIGUSR2, false},
});

/// The child is not reaped yet, so its number, and its group's, are still its own.
void hand_on(pid_t child, int signal) {
  for (const auto& [number, to_group] : kSignals) {
    if (number == signal && ::kill(to_group ? -child : child, signal) < 0) {
      ::kill(child, signal);  // it leads no group (any more)
    }
  }
}

}  // namespace

sigset_t attended_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const auto& signal : kSignals) {
    sigaddset(&signals, signal.number);
  }
  sigaddset(&signals, SIGWINCH);
  return signals;
}

Result<kernel::Exit> attend(const kernel::Child& child, kernel::Terminal terminal) {
  const sigset_t wanted = attended_signals();
  const UniqueFd signals(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) {
    return Error::sys("signalfd");
  }
  TRY_ASSIGN(auto loop, EventLoop::make());
  std::unique_ptr<Console> console;
  if (terminal.master) {
    console = std::make_unique<Console>(loop, std::move(terminal), spec::Console::Interactive,
                                        [&child] { ::kill(child.pid, SIGKILL); });
    console->follow_window_size();
  }
  TRY(loop.add(child.pid_fd.get(), EPOLLIN, [&loop](std::uint32_t) { loop.stop(); }));
  TRY(loop.add(signals.get(), EPOLLIN, [&](std::uint32_t) {
    signalfd_siginfo info = {};
    if (::read(signals.get(), &info, sizeof info) != sizeof info) {
      return;
    }
    if (static_cast<int>(info.ssi_signo) != SIGWINCH) {
      hand_on(child.pid, static_cast<int>(info.ssi_signo));
    } else if (console) {
      console->follow_window_size();
    }
  }));
  TRY(loop.run());
  if (console) {
    console->drain();
  }
  return kernel::wait_for_exit(child.pid_fd.get());
}

}  // namespace warren::monitor
