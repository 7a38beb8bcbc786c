// A timer of an event loop (timerfd_create(2)).
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/result.h"
#include "monitor/event_loop.h"

namespace warren::monitor {

class Timer {
 public:
  enum class Repeats { No, Yes };
  /// Calls `on_time` after `time`. None, which never comes, for a time of 0.
  [[nodiscard]] static Result<std::unique_ptr<Timer>> start(EventLoop& loop,
                                                            std::chrono::milliseconds time,
                                                            std::function<void()> on_time,
                                                            Repeats repeats = Repeats::No);
  ~Timer() { loop_.remove(fd_.get()); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  Timer(EventLoop& loop, UniqueFd fd) : loop_(loop), fd_(std::move(fd)) {}

  EventLoop& loop_;
  UniqueFd fd_;
};

}  // namespace warren::monitor
