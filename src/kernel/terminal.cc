#include "kernel/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "kernel/file.h"

namespace warren::kernel {
Result<Terminal> open_terminal(const std::string& ptmx) {
  TRY_ASSIGN(auto master, open(ptmx, O_RDWR | O_NOCTTY | O_NONBLOCK));
  const int unlock = 0;
  unsigned number = 0;
  if (::ioctl(master.get(), TIOCSPTLCK, &unlock) < 0 ||
      ::ioctl(master.get(), TIOCGPTN, &number) < 0) {
    return Error::sys("ioctl", ptmx);
  }
  UniqueFd slave(::ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!slave) {
    return Error::sys("TIOCGPTPEER", ptmx);
  }
  return Terminal{.master = std::move(master), .slave = std::move(slave), .number = number};
}

bool is_terminal(int fd) { return ::isatty(fd) == 1; }

int window_stream() {
  if (is_terminal(STDOUT_FILENO)) {
    return STDOUT_FILENO;
  }
  return is_terminal(STDIN_FILENO) ? STDIN_FILENO : -1;
}

bool is_in_background(int terminal) {
  const pid_t foreground = ::tcgetpgrp(terminal);
  return foreground >= 0 && foreground != ::getpgrp();
}

void copy_window_size(int from, int to) {
  winsize size = {};
  if (::ioctl(from, TIOCGWINSZ, &size) == 0) {
    (void)::ioctl(to, TIOCSWINSZ, &size);
  }
}

void RawMode::enter() noexcept {
  termios settings = {};
  if (is_in_background(fd_) || ::tcgetattr(fd_, &settings) < 0) {
    return;
  }
  termios raw = settings;
  ::cfmakeraw(&raw);
  if (saved_ && std::memcmp(&raw, &settings, sizeof raw) == 0) {  // NOLINT: both are one copy
    return;                                                       // nobody has had it
  }
  saved_ = settings;
  (void)::tcsetattr(fd_, TCSANOW, &raw);
}

void RawMode::restore() noexcept {
  if (saved_ && !is_in_background(fd_)) {
    (void)::tcsetattr(fd_, TCSADRAIN, &*saved_);
  }
  saved_.reset();
}

}  // namespace warren::kernel
