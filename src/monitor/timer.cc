#include "monitor/timer.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <cstdint>
#include <utility>

namespace warren::monitor {

Result<std::unique_ptr<Timer>> Timer::start(EventLoop& loop, std::chrono::milliseconds time,
                                            std::function<void()> on_time, Repeats repeats) {
  if (time.count() == 0) {
    return std::unique_ptr<Timer>();
  }
  UniqueFd fd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!fd) {
    return Error::sys("timerfd_create");
  }
  const timespec value = {.tv_sec = time.count() / 1000,
                          .tv_nsec = time.count() % 1000 * 1'000'000};
  const itimerspec setting = {.it_interval = repeats == Repeats::Yes ? value : timespec{},
                              .it_value = value};
  if (::timerfd_settime(fd.get(), 0, &setting, nullptr) < 0) {
    return Error::sys("timerfd_settime");
  }
  const int number = fd.get();
  std::unique_ptr<Timer> timer(new Timer(loop, std::move(fd)));
  TRY(loop.add(number, EPOLLIN, [number, act = std::move(on_time)](std::uint32_t) {
    std::uint64_t ticks = 0;
    (void)!::read(number, &ticks, sizeof ticks);
    act();
  }));
  return timer;
}

}  // namespace warren::monitor
