// Connects a container's terminal with the streams of the caller.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "kernel/terminal.h"
#include "monitor/event_loop.h"
#include "spec/container.h"

namespace warren::monitor {

/// Sees `^]` pressed three times within a second in what is typed.
class EscapeDetector {
 public:
  using Clock = std::chrono::steady_clock;
  /// Whether the escape is complete with this input, which arrived at `now`.
  [[nodiscard]] bool feed(std::string_view input, Clock::time_point now);

 private:
  int pressed_ = 0;
  Clock::time_point first_;
};

class Console {
 public:
  /// Serves `terminal` in the loop: with Interactive what comes in on standard input goes to it,
  /// and what it prints goes to standard output, unless it is Passive: then it is dropped.
  /// `on_escape` is called for `^]^]^]`. The caller's terminal is left as it was found when this
  /// goes; its open file descriptions never become non-blocking.
  Console(EventLoop& loop, kernel::Terminal terminal, spec::Console mode,
          std::function<void()> on_escape);
  /// What the container prints goes to `sink`; nothing is sent in.
  using Sink = std::function<void(std::string_view output)>;
  Console(EventLoop& loop, kernel::Terminal terminal, Sink sink);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  /// Gives the container's terminal the caller's window size.
  void follow_window_size() const;

  /// Before this process is stopped, the caller's terminal is left as it was found; when it goes
  /// on, it is taken again.
  void leave_terminal();
  void take_terminal();

  /// Writes out what the container printed last. Call it when the container has ended.
  void drain();

 private:
  /// One direction: bytes that were read and not written yet.
  struct Flow {
    std::string pending;
    [[nodiscard]] bool full() const { return pending.size() >= 16384; }
  };

  void start_input();
  void start_output();
  void serve_master(std::uint32_t events);
  void serve_input();
  void read_input();
  void serve_output();
  bool read_master();
  void close_input();
  void close_output();
  void update();

  EventLoop& loop_;
  kernel::Terminal terminal_;
  UniqueFd input_;
  UniqueFd output_;             ///< none: what the container prints is dropped
  bool input_polled_ = false;   ///< false: it is always ready
  bool input_paused_ = false;   ///< another job has the terminal
  bool output_polled_ = false;  ///< false: it is always ready
  Flow to_container_;
  Flow to_caller_;
  EscapeDetector escape_;
  std::function<void()> on_escape_;
  Sink sink_;
  std::unique_ptr<kernel::RawMode> raw_mode_;
};

}  // namespace warren::monitor
