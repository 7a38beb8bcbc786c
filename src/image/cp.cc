#include "image/cp.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "base/unique_fd.h"

namespace warren::image {
namespace {

constexpr int kNotRun = 127;

/// SIGCHLD waits for sigtimedwait(2) while this lives.
class ChildSignalBlocked {
 public:
  ChildSignalBlocked() {
    sigset_t child;
    ::sigemptyset(&child);
    ::sigaddset(&child, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &child, &saved_);
  }
  ~ChildSignalBlocked() { ::sigprocmask(SIG_SETMASK, &saved_, nullptr); }
  ChildSignalBlocked(const ChildSignalBlocked&) = delete;
  ChildSignalBlocked& operator=(const ChildSignalBlocked&) = delete;

 private:
  sigset_t saved_{};
};

using Arguments = std::array<const char*, 7>;

/// The child's part. cp dies with warren, and Ctrl-C reaches it.
[[noreturn]] void execute(const Arguments& arguments, int complaints, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) {
    ::_exit(kNotRun);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::dup2(complaints, STDERR_FILENO);
  ::execvp(arguments[0], const_cast<char* const*>(arguments.data()));
  ::_exit(kNotRun);
}

/// The first line of what cp said, without its name.
std::string first_complaint(int complaints) {
  std::array<char, 1024> buffer;
  const auto length = ::pread(complaints, buffer.data(), buffer.size(), 0);
  std::string_view text(buffer.data(), length > 0 ? static_cast<std::size_t>(length) : 0);
  text = text.substr(0, text.find('\n'));
  if (text.starts_with("cp: ")) {
    text.remove_prefix(4);
  }
  return std::string(text.empty() ? "cp failed" : text);
}

sigset_t ending_signals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
    ::sigaddset(&signals, signal);
  }
  return signals;
}

/// Reaps cp. Its status, or that of one that was interrupted.
Result<int> wait_for(pid_t child) {
  int status = 0;
  while (true) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) {
      return status;
    }
    if (ended < 0 && errno != EINTR) {
      return Error::sys("wait for", "cp");
    }
    if (auto quiet = look_for_interruption(); !quiet) {
      ::kill(child, SIGKILL);
      ::waitpid(child, &status, 0);
      return std::move(quiet).error();
    }
  }
}

}  // namespace

Result<> look_for_interruption() {
  const sigset_t signals = [] {
    sigset_t set = ending_signals();
    ::sigaddset(&set, SIGCHLD);  // ends the wait
    return set;
  }();
  const timespec while_nothing_happens = {.tv_sec = 0, .tv_nsec = 50'000'000};
  const int signal = ::sigtimedwait(&signals, nullptr, &while_nothing_happens);
  if (signal > 0 && signal != SIGCHLD) {
    return Error::because("", "", cat("interrupted by SIG", sigabbrev_np(signal)));
  }
  return {};
}

Result<> copy_contents(const std::string& from, const std::string& to) {
  const std::string contents = cat(from, "/.");
  const Arguments arguments = {
      "cp",       "--archive", "--one-file-system", "--reflink=auto", contents.c_str(),
      to.c_str(), nullptr};
  const UniqueFd complaints(::memfd_create("cp", MFD_CLOEXEC));
  if (!complaints) {
    return Error::sys("memfd_create", "cp");
  }
  const ChildSignalBlocked blocked;
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    return Error::sys("fork", "cp");
  }
  if (child == 0) {
    execute(arguments, complaints.get(), parent);
  }
  TRY_ASSIGN(const int status, wait_for(child));
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNotRun) {
    return Error::because("run", "cp", "it cannot be executed");
  }
  return status == 0 ? Result<>() : Error::because("copy", from, first_complaint(complaints.get()));
}

}  // namespace warren::image
