#include "kernel/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

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

void copy_window_size(int from, int to) {
  winsize size = {};
  if (::ioctl(from, TIOCGWINSZ, &size) == 0) {
    (void)::ioctl(to, TIOCSWINSZ, &size);
  }
}

RawMode::RawMode(int fd) : fd_(fd) {
  termios settings = {};
  if (::tcgetattr(fd, &settings) < 0) {
    return;
  }
  saved_ = settings;
  ::cfmakeraw(&settings);
  (void)::tcsetattr(fd, TCSANOW, &settings);
}

void RawMode::restore() noexcept {
  if (saved_) {
    (void)::tcsetattr(fd_, TCSADRAIN, &*saved_);
    saved_.reset();
  }
}

}  // namespace warren::kernel
