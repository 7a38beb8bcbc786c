#include "monitor/event_loop.h"

#include <array>
#include <cerrno>
#include <utility>

#include "kernel/idle.h"

namespace warren::monitor {
namespace {

/// How long nothing must have happened before a wait counts as a long one.
constexpr int kQuietMs = 100;

}  // namespace

Result<EventLoop> EventLoop::make() {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) {
    return Error::sys("epoll_create1");
  }
  return EventLoop(std::move(epoll));
}

Result<> EventLoop::add(int fd, std::uint32_t events, Callback callback) {
  epoll_event event = {.events = events, .data = {.fd = fd}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) < 0) {
    return Error::sys("epoll_ctl");
  }
  callbacks_[fd] = std::move(callback);
  return {};
}

void EventLoop::change(int fd, std::uint32_t events) {
  epoll_event event = {.events = events, .data = {.fd = fd}};
  (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);  // it was added: cannot fail
}

void EventLoop::remove(int fd) {
  if (callbacks_.erase(fd) != 0) {
    (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  }
}

Result<> EventLoop::run() {
  stopped_ = false;
  // The first wait is a long one, as a rule: until the container ends.
  bool quiet = true;
  while (!stopped_) {
    std::array<epoll_event, 8> events;
    const int most = static_cast<int>(events.size());
    const int count = quiet ? kernel::epoll_wait_idle(epoll_.get(), events.data(), most)
                            : ::epoll_wait(epoll_.get(), events.data(), most, kQuietMs);
    quiet = count == 0;
    if (count < 0 && errno != EINTR) {
      return Error::sys("epoll_wait");
    }
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      // An earlier callback of this round may have removed this one.
      if (const auto at = callbacks_.find(event.data.fd); at != callbacks_.end()) {
        const Callback callback = at->second;
        callback(event.events);
      }
    }
  }
  return {};
}

}  // namespace warren::monitor
