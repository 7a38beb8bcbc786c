#include "manager/upkeep.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "manager/published.h"

namespace warren::manager {
namespace {

/// Between two changes of the packet filter: whoever is root inside can change addresses without
/// end, and the time for each is the host's.
constexpr long kPauseNanoseconds = 250'000'000;

}  // namespace

Result<Upkeep> Upkeep::start(const state::Paths& paths, Wanted wanted, OnFailure on_failure) {
  TRY_ASSIGN(auto table, network::TableWatch::start(paths.cgroup));
  return Upkeep(paths, std::move(wanted), std::move(on_failure), std::move(table));
}

void Upkeep::report(const Result<>& done) const {
  if (!done) {
    on_failure_(done.error());
  }
}

void Upkeep::attach(monitor::EventLoop& loop, pid_t leader) {
  report(loop.add(table_.fd(), EPOLLIN, [this](std::uint32_t) {
    if (table_.serve()) {
      put_back();
    }
  }));
  const auto followed = follow(loop, leader);
  const bool has_ended = !followed && followed.error().code == ENOENT;
  report(has_ended ? Result<>() : followed);
}

Result<> Upkeep::follow(monitor::EventLoop& loop, pid_t leader) {
  addresses_.reset();
  waiting_ = false;
  auto links = followed_links(wanted_());
  if (links.empty()) {
    return {};
  }
  TRY_ASSIGN(addresses_, network::AddressWatch::start(leader, std::move(links)));
  pause_.reset(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!pause_) {
    return Error::sys("timerfd_create");
  }
  for (const int fd : {addresses_->inside_fd(), addresses_->host_fd()}) {
    TRY(loop.add(fd, EPOLLIN, [this](std::uint32_t) { serve_addresses(); }));
  }
  TRY(loop.add(pause_.get(), EPOLLIN, [this](std::uint32_t) {
    std::uint64_t times = 0;
    if (::read(pause_.get(), &times, sizeof times) == sizeof times) {
      waiting_ = false;
      look();
    }
  }));
  look();
  return {};
}

/// At once, and once more after a pause for all that comes meanwhile.
void Upkeep::serve_addresses() {
  addresses_->drain();
  if (waiting_) {
    return;
  }
  const itimerspec later = {.it_interval = {},
                            .it_value = {.tv_sec = 0, .tv_nsec = kPauseNanoseconds}};
  waiting_ = ::timerfd_settime(pause_.get(), 0, &later, nullptr) == 0;
  look();
}

Result<Publication> Upkeep::publication() const {
  auto wanted = wanted_();
  if (!addresses_) {
    return wanted;
  }
  TRY_ASSIGN(const auto found, addresses_->look());
  return with_addresses(std::move(wanted), found);
}

void Upkeep::look() {
  auto now = publication();
  if (!now) {
    on_failure_(now.error());
    return;
  }
  if (current_ == *now) {
    return;
  }
  const auto done = renew(*now, *paths_);
  report(done);
  current_ = done ? std::optional(*std::move(now)) : std::nullopt;
}

void Upkeep::put_back() {
  const auto now = publication();
  report(now ? restore(*now, *paths_) : Result<>(now.error()));
}

}  // namespace warren::manager
