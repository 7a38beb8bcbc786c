#include "monitor/supervise.h"

#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/socket.h"
#include "monitor/console.h"
#include "monitor/event_loop.h"
#include "monitor/notifications.h"
#include "monitor/timer.h"

namespace warren::monitor {
namespace {

/// timeout(1) and shells signal a process and its group: that is one request.
constexpr auto kOneRequest = std::chrono::milliseconds(300);

constexpr auto kHandled =
    std::to_array<int>({SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGTSTP, SIGTTIN, SIGCONT, SIGWINCH});

/// Whether the caller wants `signal` to have no effect, as nohup(1) and a shell's `&` do. SIGTERM
/// is nothing that comes by itself.
bool is_ignored(int signal) {
  struct sigaction action = {};
  return signal != SIGTERM && ::sigaction(signal, nullptr, &action) == 0 &&
         action.sa_handler == SIG_IGN;
}

/// Whether process `pid` would notice `signal`: it has a handler, or has the signal blocked, or
/// waits for signals just now, when the kernel shows none as blocked (/proc/PID/status, syscall).
/// For process 1 of a namespace the kernel drops any other.
bool would_notice(pid_t pid, int signal) {
  const std::string status = kernel::read_file(cat("/proc/", pid, "/status")).value_or("");
  for (const auto line : split(status, '\n')) {
    if (line.starts_with("SigCgt:") || line.starts_with("SigBlk:")) {
      const auto set = parse_number<std::uint64_t>(trim(line.substr(7)), 16);
      if (set && (*set >> (signal - 1) & 1) != 0) {
        return true;
      }
    }
  }
  const auto call = kernel::read_file(cat("/proc/", pid, "/syscall"));
  return call && call->starts_with(cat(SYS_rt_sigtimedwait, " "));
}

/// Whether a handled signal means that there shall be an end.
bool asks_to_end(int signal) {
  return signal == SIGTERM || signal == SIGINT || signal == SIGQUIT || signal == SIGHUP;
}

class Supervisor {
 public:
  Supervisor(launch::Launched& container, const Watch& watch, EventLoop loop, UniqueFd signals)
      : container_(container),
        watch_(watch),
        loop_(std::move(loop)),
        signals_(std::move(signals)) {}

  Result<kernel::Exit> run() {
    TRY(loop_.add(signals_.get(), EPOLLIN, [this](std::uint32_t) { serve_signals(); }));
    TRY(loop_.add(container_.leader.pid_fd.get(), EPOLLIN,
                  [this](std::uint32_t) { loop_.stop(); }));
    TRY(loop_.add(container_.notify_socket.get(), EPOLLIN,
                  [this](std::uint32_t) { serve_notifications(); }));
    TRY(keep());
    TRY(watch_.attach(loop_));
    if (container_.console.master && watch_.keeping != nullptr) {
      console_ =
          std::make_unique<Console>(loop_, std::move(container_.console), watch_.keeping->sink);
    } else if (container_.console.master) {
      console_ = std::make_unique<Console>(loop_, std::move(container_.console), watch_.console,
                                           [this] { kill(SIGKILL); });
    }
    TRY(keep_watchdog_quiet());
    TRY(loop_.run());
    if (console_) {
      console_->drain();
    }
    return kernel::wait_for_exit(container_.leader.pid_fd.get());
  }

 private:
  void kill(int signal) {
    // It may have ended meanwhile, which is what the signal is for.
    (void)kernel::send_signal(container_.leader.pid_fd.get(), signal);
  }

  Result<> keep() {
    if (container_.ready_fifo) {
      TRY(loop_.add(container_.ready_fifo.get(), EPOLLIN, [this](std::uint32_t) {
        loop_.remove(container_.ready_fifo.get());  // from now on nobody reads it
        become_ready();
      }));
    }
    TRY_ASSIGN(reconnection_, container_.links.reconnection());
    if (reconnection_) {
      TRY(loop_.add(reconnection_->fd(), EPOLLIN,
                    [this](std::uint32_t) { reconnection_->serve(); }));
    }
    if (watch_.keeping == nullptr) {
      return {};
    }
    if (watch_.announce_ready) {
      TRY_ASSIGN(start_timer_, Timer::start(loop_, watch_.keeping->timeout_start, [this] {
                   watch_.keeping->on_start_timeout();
                   kill(SIGKILL);
                 }));
    }
    return watch_.keeping->attach(loop_);
  }

  void become_ready() {
    if (!std::exchange(ready_, true) && watch_.announce_ready) {
      start_timer_.reset();
      watch_.on_ready();
    }
  }

  /// It gets its time to end, once.
  void begin_to_end() {
    if (watch_.keeping != nullptr) {
      start_timer_.reset();
      watch_.keeping->on_stopping();
      auto timer = Timer::start(loop_, watch_.keeping->timeout_stop, [this] { kill(SIGKILL); });
      if (timer) {
        stop_timer_ = *std::move(timer);
      } else {
        kill(SIGKILL);
      }
    }
  }

  void ask_to_end(int request) {
    const auto now = std::chrono::steady_clock::now();
    if (asked_ && now - *asked_ < kOneRequest) {
      return;
    }
    const bool again = std::exchange(asked_, now).has_value();
    const int signal = watch_.kill_signal.value_or(request == SIGHUP ? SIGHUP : SIGTERM);
    if (!again) {
      watch_.before_end();
      begin_to_end();
    }
    if (!again && would_notice(container_.leader.pid, signal)) {
      kill(signal);
    } else if (!again && watch_.kill_signal) {
      send_later(signal);
    } else {
      kill(SIGKILL);
    }
  }

  /// An init that has just been executed does not listen yet; the signal is sent when it does.
  void send_later(int signal) {
    constexpr auto kInterval = std::chrono::milliseconds(20);
    auto timer = Timer::start(
        loop_, kInterval,
        [this, signal] {
          if (would_notice(container_.leader.pid, signal)) {
            kill(signal);
            retry_.reset();
          }
        },
        Timer::Repeats::Yes);
    if (timer) {
      retry_ = *std::move(timer);
    }
  }

  /// A service manager that waits for a sign of life gets two in its time: of warren, as this loop
  /// is what serves the container.
  Result<> keep_watchdog_quiet() {
    const auto interval = kernel::watchdog_interval();
    if (!interval) {
      return {};
    }
    using std::chrono::milliseconds;
    const auto half = std::chrono::duration_cast<milliseconds>(*interval / 2);
    TRY_ASSIGN(watchdog_,
               Timer::start(
                   loop_, std::max(half, milliseconds(1)),
                   [] { kernel::notify_service_manager("WATCHDOG=1"); }, Timer::Repeats::Yes));
    return {};
  }

  void serve_signals() {
    signalfd_siginfo info = {};
    if (::read(signals_.get(), &info, sizeof info) != sizeof info) {
      return;
    }
    const int signal = static_cast<int>(info.ssi_signo);
    switch (signal) {
      case SIGWINCH:
        if (console_) {
          console_->follow_window_size();
        }
        break;
      case SIGTSTP:
        stop();
        break;
      case SIGTTIN:
        break;  // the console asks for it when it means it
      case SIGCONT:
        if (console_) {
          console_->take_terminal();
        }
        break;
      case SIGQUIT:
        if (watch_.keeping != nullptr) {
          begin_to_end();
          kill(SIGKILL);
          break;
        }
        [[fallthrough]];
      default:
        ask_to_end(signal);
    }
  }

  /// Stops this process if the kernel would by default, with the caller's terminal in order. What
  /// follows in time is SIGCONT.
  void stop() {
    if (console_) {
      console_->leave_terminal();
    }
    kernel::take_signal(SIGTSTP);
    if (console_) {
      console_->take_terminal();  // also where nothing stops: a process group without a shell
    }
  }

  void serve_notifications() {
    const auto news = receive_notifications(container_.notify_socket.get(), container_.leader.pid);
    if (news.ready && !container_.ready_fifo) {
      become_ready();
    }
    if (news.status) {
      kernel::notify_service_manager(cat("STATUS=Container running: ", *news.status));
    }
  }

  launch::Launched& container_;
  const Watch& watch_;
  EventLoop loop_;
  std::optional<network::Reconnection> reconnection_;
  UniqueFd signals_;
  std::unique_ptr<Console> console_;
  std::unique_ptr<Timer> watchdog_;
  std::unique_ptr<Timer> retry_;  ///< for a signal that process 1 does not listen to yet
  std::unique_ptr<Timer> start_timer_;
  std::unique_ptr<Timer> stop_timer_;
  std::optional<std::chrono::steady_clock::time_point> asked_;
  bool ready_ = false;
};

}  // namespace

sigset_t supervised_signals() {
  static const sigset_t handled = [] {  // what the caller ignores, nothing here changes
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : kHandled) {
      if (!is_ignored(signal)) {
        sigaddset(&signals, signal);
      }
    }
    return signals;
  }();
  return handled;
}

Result<kernel::Exit> supervise(launch::Launched& container, const Watch& watch) {
  const sigset_t wanted = supervised_signals();
  UniqueFd signals(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) {
    return Error::sys("signalfd");
  }
  TRY_ASSIGN(auto loop, EventLoop::make());
  Supervisor supervisor(container, watch, std::move(loop), std::move(signals));
  return supervisor.run();
}

Result<Pause> pause(std::chrono::milliseconds time, const Keeping& keeping) {
  const sigset_t wanted = supervised_signals();
  const UniqueFd signals(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals) {
    return Error::sys("signalfd");
  }
  TRY_ASSIGN(auto loop, EventLoop::make());
  Pause outcome = Pause::Over;
  TRY(loop.add(signals.get(), EPOLLIN, [&](std::uint32_t) {
    signalfd_siginfo info = {};
    if (::read(signals.get(), &info, sizeof info) == sizeof info &&
        asks_to_end(static_cast<int>(info.ssi_signo))) {
      outcome = Pause::Stop;
      loop.stop();
    }
  }));
  TRY(keeping.attach(loop));
  TRY_ASSIGN(const auto timer, Timer::start(loop, time, [&loop] { loop.stop(); }));
  TRY(loop.run());
  return outcome;
}

bool is_reboot(const kernel::Exit& exit) { return exit.by_signal && exit.code == SIGHUP; }
bool is_power_off(const kernel::Exit& exit) { return exit.by_signal && exit.code == SIGINT; }

}  // namespace warren::monitor
