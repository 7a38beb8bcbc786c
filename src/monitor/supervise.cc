#include "monitor/supervise.h"

#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
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
  const auto status = kernel::read_file(cat("/proc/", pid, "/status"));
  for (const auto line : split(status.value_or(""), '\n')) {
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

/// A timer that ticks from now on.
UniqueFd make_timer(std::chrono::microseconds interval) {
  UniqueFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(interval);
  const timespec value = {.tv_sec = seconds.count(),
                          .tv_nsec = std::chrono::nanoseconds(interval - seconds).count()};
  const itimerspec setting = {.it_interval = value, .it_value = value};
  (void)::timerfd_settime(timer.get(), 0, &setting, nullptr);  // fails for bad values only
  return timer;
}

void read_timer(int timer) {
  std::uint64_t ticks = 0;
  (void)!::read(timer, &ticks, sizeof ticks);
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
    if (container_.console.master) {
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

  void ask_to_end(int request) {
    const auto now = std::chrono::steady_clock::now();
    if (asked_ && now - *asked_ < kOneRequest) {
      return;
    }
    const bool again = std::exchange(asked_, now).has_value();
    const int signal = watch_.kill_signal.value_or(request == SIGHUP ? SIGHUP : SIGTERM);
    if (again) {
      kill(SIGKILL);
    } else if (would_notice(container_.leader.pid, signal)) {
      kill(signal);
    } else if (watch_.kill_signal) {
      send_later(signal);
    } else {
      kill(SIGKILL);
    }
  }

  /// An init that has just been executed does not listen yet; the signal is sent when it does.
  void send_later(int signal) {
    retry_ = make_timer(std::chrono::milliseconds(20));
    (void)loop_.add(retry_.get(), EPOLLIN, [this, signal](std::uint32_t) {
      read_timer(retry_.get());
      if (would_notice(container_.leader.pid, signal)) {
        kill(signal);
        loop_.remove(retry_.get());
        retry_.reset();
      }
    });
  }

  /// A service manager that waits for a sign of life gets two in its time: of warren, as this loop
  /// is what serves the container.
  Result<> keep_watchdog_quiet() {
    const auto interval = kernel::watchdog_interval();
    if (!interval) {
      return {};
    }
    watchdog_ = make_timer(
        std::max<std::chrono::microseconds>(*interval / 2, std::chrono::milliseconds(1)));
    return loop_.add(watchdog_.get(), EPOLLIN, [this](std::uint32_t) {
      read_timer(watchdog_.get());
      kernel::notify_service_manager("WATCHDOG=1");
    });
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
    if (news.ready && !std::exchange(ready_, true) && watch_.announce_ready) {
      watch_.on_ready();
    }
    if (news.status) {
      kernel::notify_service_manager(cat("STATUS=Container running: ", *news.status));
    }
  }

  launch::Launched& container_;
  const Watch& watch_;
  EventLoop loop_;
  UniqueFd signals_;
  std::unique_ptr<Console> console_;
  UniqueFd watchdog_;
  UniqueFd retry_;  ///< timer for a signal that process 1 does not listen to yet
  std::optional<std::chrono::steady_clock::time_point> asked_;
  bool ready_ = false;
};

}  // namespace

sigset_t supervised_signals() {
  static const sigset_t kSignals = [] {  // what the caller ignores, nothing here changes
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : kHandled) {
      if (!is_ignored(signal)) {
        sigaddset(&signals, signal);
      }
    }
    return signals;
  }();
  return kSignals;
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

bool is_reboot(const kernel::Exit& exit) { return exit.by_signal && exit.code == SIGHUP; }
bool is_power_off(const kernel::Exit& exit) { return exit.by_signal && exit.code == SIGINT; }

}  // namespace warren::monitor
