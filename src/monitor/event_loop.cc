#include "monitor/event_loop.h"

#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include "kernel/idle.h"

namespace warren::monitor {
namespace {

/// Memory is given back only when nothing has happened for a while: a command that ends at once
/// shall not wait until the pages that end it have come back.
int wait_for_events(int epoll, std::span<epoll_event> events) {
  constexpr int kQuietMilliseconds = 100;
  const int most = static_cast<int>(events.size());
  const int count = ::epoll_wait(epoll, events.data(), most, kQuietMilliseconds);
  return count == 0 ? kernel::epoll_wait_idle(epoll, events.data(), most) : count;
}

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
  while (!stopped_) {
    std::array<epoll_event, 8> events;
    const int count = wait_for_events(epoll_.get(), events);
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
