// Waits for descriptors with epoll(7) and calls who asked for them. One thread, no timers but one.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <map>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::monitor {

class EventLoop {
 public:
  using Callback = std::function<void(std::uint32_t events)>;

  [[nodiscard]] static Result<EventLoop> make();

  /// Calls `callback` whenever `fd` has `events` (EPOLLIN, EPOLLOUT; errors always count). The
  /// caller keeps `fd` open until remove(). Fails with EPERM for a file that is always ready.
  [[nodiscard]] Result<> add(int fd, std::uint32_t events, Callback callback);
  /// Changes what is waited for; 0 pauses.
  void change(int fd, std::uint32_t events);
  void remove(int fd);

  /// Serves events until stop() is called.
  [[nodiscard]] Result<> run();
  void stop() { stopped_ = true; }

 private:
  explicit EventLoop(UniqueFd epoll) : epoll_(std::move(epoll)) {}

  UniqueFd epoll_;
  std::map<int, Callback> callbacks_;
  bool stopped_ = false;
};

}  // namespace warren::monitor
