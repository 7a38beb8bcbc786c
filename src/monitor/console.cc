#include "monitor/console.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/process.h"

namespace warren::monitor {
namespace {

constexpr char kEscape = 0x1D;  // ^]

/// The stream `fd` as a descriptor that may be made non-blocking: an open file description of its
/// own where it is a terminal, since others share the caller's. Anything else stays blocking.
UniqueFd own_description(int fd, int mode) {
  if (kernel::is_terminal(fd)) {
    UniqueFd reopened(
        ::open(cat("/proc/self/fd/", fd).c_str(), mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (reopened) {
      return reopened;
    }
  }
  auto copy = kernel::duplicate(fd);
  return copy ? *std::move(copy) : UniqueFd();
}

/// Takes what was written off `pending`, whose memory goes with its last byte.
void take_off(std::string& pending, ssize_t length) {
  pending.erase(0, static_cast<std::size_t>(length));
  if (pending.empty()) {
    std::string().swap(pending);
  }
}

/// Writes as much of `pending` as `fd` takes at once. False when the other side is gone.
bool write_some(int fd, std::string& pending) {
  while (!pending.empty()) {
    const auto length = ::write(fd, pending.data(), pending.size());
    if (length >= 0) {
      take_off(pending, length);
    } else if (errno == EAGAIN) {
      return true;
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

/// Like write_some(), for a descriptor that may block: one write of what a pipe takes at once.
bool write_once(int fd, std::string& pending) {
  const auto length = ::write(fd, pending.data(), std::min<std::size_t>(pending.size(), 4096));
  if (length >= 0) {
    take_off(pending, length);
  }
  return length >= 0 || errno == EINTR || errno == EAGAIN;
}

}  // namespace

bool EscapeDetector::feed(std::string_view input, Clock::time_point now) {
  for (const char byte : input) {
    if (byte != kEscape) {
      pressed_ = 0;
      continue;
    }
    if (pressed_ == 0 || now - first_ > std::chrono::seconds(1)) {
      pressed_ = 0;
      first_ = now;
    }
    if (++pressed_ == 3) {
      return true;
    }
  }
  return false;
}

Console::Console(EventLoop& loop, kernel::Terminal terminal, spec::Console mode,
                 std::function<void()> on_escape)
    : loop_(loop), terminal_(std::move(terminal)), on_escape_(std::move(on_escape)) {
  (void)loop_.add(terminal_.master.get(), EPOLLIN,
                  [this](std::uint32_t events) { serve_master(events); });
  if (mode != spec::Console::Passive) {
    start_output();
  }
  if (mode == spec::Console::Interactive) {
    start_input();
  }
}

Console::Console(EventLoop& loop, kernel::Terminal terminal, Sink sink)
    : Console(loop, std::move(terminal), spec::Console::Passive, [] {}) {
  sink_ = std::move(sink);
}

void Console::start_output() {
  output_ = own_description(STDOUT_FILENO, O_WRONLY);
  output_polled_ =
      loop_.add(output_.get(), 0, [this](std::uint32_t) { serve_output(); }).has_value();
}

void Console::start_input() {
  raw_mode_ = std::make_unique<kernel::RawMode>(STDIN_FILENO);
  input_ = own_description(STDIN_FILENO, O_RDONLY);
  input_polled_ =
      loop_.add(input_.get(), EPOLLIN, [this](std::uint32_t) { serve_input(); }).has_value();
  if (!input_polled_) {
    serve_input();
  }
}

void Console::leave_terminal() {
  if (raw_mode_) {
    raw_mode_->restore();
  }
}

void Console::take_terminal() {
  if (raw_mode_) {
    raw_mode_->enter();
  }
  follow_window_size();
  input_paused_ = false;
  update();
}

Console::~Console() {
  loop_.remove(terminal_.master.get());
  loop_.remove(input_.get());
  loop_.remove(output_.get());
}

void Console::follow_window_size() const {
  kernel::copy_window_size(kernel::window_stream(), terminal_.master.get());
}

void Console::close_input() {
  loop_.remove(input_.get());
  input_.reset();
}

void Console::close_output() {
  loop_.remove(output_.get());
  output_.reset();
  to_caller_.pending.clear();
}

/// Reads what was typed, as far as there is room for it.
void Console::read_input() {
  while (input_ && !to_container_.full()) {
    std::array<char, 4096> buffer;
    const auto length = ::read(input_.get(), buffer.data(), buffer.size());
    if (length < 0 && (errno == EAGAIN || errno == EINTR)) {
      break;
    }
    if (length < 0 && errno == EIO && kernel::is_in_background(input_.get())) {
      // As for any job that wants to read; but a signal that has come meanwhile is served first.
      input_paused_ = true;
      kernel::take_signal(SIGTTIN);
      break;
    }
    if (length <= 0) {
      close_input();
      break;
    }
    const std::string_view typed(buffer.data(), static_cast<std::size_t>(length));
    if (escape_.feed(typed, EscapeDetector::Clock::now())) {
      on_escape_();
    }
    to_container_.pending += typed;
    if (input_polled_) {
      break;  // what is not a terminal may block: one read for each time it is ready
    }
  }
}

void Console::serve_input() {
  read_input();
  update();
}

/// Reads what the container has printed so far, as much as leaves time for others. False once
/// nobody can print any more.
bool Console::read_master() {
  constexpr int kMostReads = 16;
  for (int i = 0; i < kMostReads && !to_caller_.full(); ++i) {
    std::array<char, 4096> buffer;
    const auto length = ::read(terminal_.master.get(), buffer.data(), buffer.size());
    if (length > 0) {
      if (sink_) {
        sink_({buffer.data(), static_cast<std::size_t>(length)});
      } else if (output_) {
        to_caller_.pending.append(buffer.data(), static_cast<std::size_t>(length));
      }
    } else if (length == 0 || errno != EINTR) {
      return length < 0 && errno == EAGAIN;
    }
  }
  return true;
}

void Console::serve_master(std::uint32_t events) {
  if ((events & EPOLLOUT) != 0 && !write_some(terminal_.master.get(), to_container_.pending)) {
    to_container_.pending.clear();
  }
  if ((events & EPOLLIN) != 0) {
    (void)read_master();  // this process has the terminal open too, so it does not end
  }
  update();
}

void Console::serve_output() {
  if (!write_once(output_.get(), to_caller_.pending)) {
    close_output();
  }
  update();
}

/// Waits for exactly what can make progress.
void Console::update() {
  if (input_ && !input_polled_) {
    read_input();
  }
  while (output_ && !output_polled_ && !to_caller_.pending.empty()) {
    if (!write_once(output_.get(), to_caller_.pending)) {
      close_output();
    }
  }
  const std::uint32_t read_master = to_caller_.full() ? 0U : EPOLLIN;
  const std::uint32_t write_master = to_container_.pending.empty() ? 0U : EPOLLOUT;
  loop_.change(terminal_.master.get(), read_master | write_master);
  if (input_ && input_polled_) {
    loop_.change(input_.get(), to_container_.full() || input_paused_ ? 0U : EPOLLIN);
  }
  if (output_ && output_polled_) {
    loop_.change(output_.get(), to_caller_.pending.empty() ? 0U : EPOLLOUT);
  }
}

void Console::drain() {
  constexpr int kPatienceMs = 10000;  // for a caller's terminal that is held with ^S
  terminal_.slave.reset();            // now the end can be seen
  bool more = true;
  while (more || !to_caller_.pending.empty()) {
    pollfd ready = {.fd = terminal_.master.get(), .events = POLLIN, .revents = 0};
    if (!to_caller_.pending.empty()) {
      ready = {.fd = output_.get(), .events = POLLOUT, .revents = 0};
    }
    if (::poll(&ready, 1, kPatienceMs) <= 0) {
      return;
    }
    if (to_caller_.pending.empty()) {
      more = read_master();
    } else if (!write_once(output_.get(), to_caller_.pending)) {
      close_output();
    }
  }
}

}  // namespace warren::monitor
