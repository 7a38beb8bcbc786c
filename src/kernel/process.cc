#include "kernel/process.h"

#include <linux/close_range.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/text.h"
#include "kernel/file.h"

// glibc 2.36 forgets to say that these are C functions.
extern "C" {
#include <sys/pidfd.h>
}

namespace warren::kernel {

Result<UniqueFd> pidfd_open(pid_t pid) {
  UniqueFd fd(::pidfd_open(pid, 0));  // close-on-exec from birth
  if (!fd) {
    return Error::sys("pidfd_open");
  }
  return fd;
}

Result<> send_signal(int pid_fd, int signal) {
  if (::pidfd_send_signal(pid_fd, signal, nullptr, 0) < 0) {
    return Error::sys("pidfd_send_signal");
  }
  return {};
}

Result<Exit> wait_for_exit(int pid_fd) {
  siginfo_t info = {};
  while (::waitid(P_PIDFD, static_cast<id_t>(pid_fd), &info, WEXITED) < 0) {
    if (errno != EINTR) {
      return Error::sys("waitid");
    }
  }
  return Exit{.by_signal = info.si_code != CLD_EXITED, .code = info.si_status};
}

Result<std::uint64_t> start_time(pid_t pid) {
  constexpr std::size_t kField = 19;  // of those behind the name, which may have blanks in it
  const auto text = read_file(cat("/proc/", pid, "/stat"));
  if (!text) {
    return Error::from_errno(ESRCH, "read", cat("/proc/", pid, "/stat"));
  }
  const auto fields = split(std::string_view(*text).substr(text->rfind(')') + 2), ' ');
  const auto time =
      fields.size() > kField ? parse_number<std::uint64_t>(fields[kField]) : std::nullopt;
  if (!time) {
    return Error::from_errno(ESRCH, "read", cat("/proc/", pid, "/stat"));
  }
  return *time;
}

void take_signal(int signal) {
  sigset_t one;
  ::sigemptyset(&one);
  ::sigaddset(&one, signal);
  ::raise(signal);
  ::sigprocmask(SIG_UNBLOCK, &one, nullptr);
  ::sigprocmask(SIG_BLOCK, &one, nullptr);
}

bool is_running(pid_t pid, std::uint64_t start) {
  const auto process = pidfd_open(pid);
  // Looked at once it is held: another process may have got the number meanwhile.
  const auto found = start_time(pid);
  if (!process || !found || *found != start) {
    return false;
  }
  pollfd ended = {.fd = process->get(), .events = POLLIN, .revents = 0};
  return ::poll(&ended, 1, 0) == 0;
}

void wait_for_end(int pid_fd) {
  pollfd ended = {.fd = pid_fd, .events = POLLIN, .revents = 0};
  while (::poll(&ended, 1, -1) < 0 && errno == EINTR) {
  }
}

bool is_single_threaded() {
  struct stat status = {};
  // A directory has two links of its own and one for each subdirectory, here one a thread.
  return ::stat("/proc/self/task", &status) < 0 || status.st_nlink == 3;
}

Result<> close_on_exec_from(unsigned lowest) {
  if (::close_range(lowest, ~0U, CLOSE_RANGE_CLOEXEC) < 0) {
    return Error::sys("close_range");
  }
  return {};
}

}  // namespace warren::kernel
