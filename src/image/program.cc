#include "image/program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <utility>

#include "base/printable.h"
#include "base/text.h"
#include "kernel/clone.h"
#include "kernel/file.h"

namespace warren::image {
namespace {

constexpr std::size_t kMostOfLine = 500;

struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends = {};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) {
    return Error::sys("pipe");
  }
  return Pipe{.reader = UniqueFd(ends[0]), .writer = UniqueFd(ends[1])};
}

/// All that the child needs, laid out before the clone: it makes system calls and nothing else.
struct ChildPlan {
  std::vector<char*> words;
  std::vector<char*> environment;
  std::vector<int> descriptors;  ///< what becomes 0, 1, 2, 3 …; above all of these numbers
  int watch = -1;                ///< the reading end whose only other holder is warren
  sigset_t signals = {};
};

[[noreturn]] void run_child(const void* argument) noexcept {
  const auto& plan = *static_cast<const ChildPlan*>(argument);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::close(plan.watch);
  pollfd parent = {.fd = plan.descriptors[2], .events = 0, .revents = 0};
  if (::poll(&parent, 1, 0) != 0) {
    ::_exit(1);  // warren ended before it could take this one along
  }
  ::setsid();
  bool ready = ::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) == 0 &&
               ::mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0;
  for (std::size_t i = 0; i < plan.descriptors.size(); ++i) {
    ready = ready && ::dup2(plan.descriptors[i], static_cast<int>(i)) >= 0;
  }
  if (ready) {
    ::signal(SIGPIPE, SIG_DFL);
    ::sigprocmask(SIG_SETMASK, &plan.signals, nullptr);
    ::execve(plan.words[0], plan.words.data(), plan.environment.data());
  }
  ::_exit(127);
}

/// The program's words, environment and streams for run_child(). Holds what they point to.
class Child {
 public:
  Child(const Program& program, const sigset_t& signals, int watch)
      : words_(program.words), added_(program.environment) {
    for (auto& word : words_) {
      plan_.words.push_back(word.data());
    }
    plan_.words.push_back(nullptr);
    for (auto& variable : added_) {
      plan_.environment.push_back(variable.data());
    }
    for (char** variable = environ; *variable != nullptr; ++variable) {
      plan_.environment.push_back(*variable);
    }
    plan_.environment.push_back(nullptr);
    plan_.signals = signals;
    plan_.watch = watch;
  }

  /// Adds the next descriptor that the program has.
  Result<> pass(int fd) {
    constexpr int kAboveAll = 100;  // so that dup2() in order overwrites none that is still needed
    TRY_ASSIGN(auto copy, kernel::duplicate(fd, kAboveAll));
    plan_.descriptors.push_back(copy.get());
    held_.push_back(std::move(copy));
    return {};
  }

  Result<kernel::Child> start(bool private_network) const {
    const std::uint64_t network = private_network ? CLONE_NEWNET : 0;
    return kernel::clone3(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | network, -1, run_child,
                          &plan_);
  }

 private:
  std::vector<std::string> words_;
  std::vector<std::string> added_;
  std::vector<UniqueFd> held_;
  ChildPlan plan_;
};

/// The signals that ask to end and that the caller has not chosen to ignore, held back and
/// readable while this lives.
class Interrupts {
 public:
  Interrupts() {
    ::sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
      struct sigaction action = {};
      ::sigaction(signal, nullptr, &action);
      if (action.sa_handler != SIG_IGN) {
        ::sigaddset(&signals_, signal);
      }
    }
    ::sigprocmask(SIG_BLOCK, &signals_, &before_);
    fd_ = UniqueFd(::signalfd(-1, &signals_, SFD_CLOEXEC));
  }
  ~Interrupts() {
    signalfd_siginfo consumed = {};
    pollfd pending = {.fd = fd_.get(), .events = POLLIN, .revents = 0};
    while (::poll(&pending, 1, 0) > 0 && ::read(fd_.get(), &consumed, sizeof consumed) > 0) {
    }
    ::sigprocmask(SIG_SETMASK, &before_, nullptr);
  }
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  [[nodiscard]] int fd() const { return fd_.get(); }
  [[nodiscard]] const sigset_t& before() const { return before_; }

 private:
  sigset_t signals_ = {};
  sigset_t before_ = {};
  UniqueFd fd_;
};

/// Splits what comes into lines.
class Lines {
 public:
  explicit Lines(const std::function<void(std::string_view)>& on_line) : on_line_(on_line) {}
  ~Lines() { end_line(); }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;

  void add(std::string_view text) {
    for (const char character : text) {
      if (character == '\n' || character == '\r') {
        end_line();
      } else if (line_.size() < kMostOfLine) {
        line_ += character;
      }
    }
  }

 private:
  void end_line() {
    if (!line_.empty()) {
      on_line_(printable_line(line_));
    }
    line_.clear();
  }

  const std::function<void(std::string_view)>& on_line_;
  std::string line_;
};

/// Hands the lines on until nobody can write any more. Fails with EINTR.
Result<> read_lines(int from, int interrupts, Lines& lines) {
  std::array<char, 4096> buffer;
  while (true) {
    std::array<pollfd, 2> events = {{{.fd = from, .events = POLLIN, .revents = 0},
                                     {.fd = interrupts, .events = POLLIN, .revents = 0}}};
    if (::poll(events.data(), events.size(), -1) < 0 && errno != EINTR) {
      return Error::sys("poll");
    }
    if (events[1].revents != 0) {
      return Error{.code = EINTR, .operation = {}, .subject = {}, .reason = "interrupted"};
    }
    if (events[0].revents != 0) {
      const auto length = ::read(from, buffer.data(), buffer.size());
      if (length <= 0) {
        return length == 0 ? Result<>() : Error::sys("read", "a program's messages");
      }
      lines.add({buffer.data(), static_cast<std::size_t>(length)});
    }
  }
}

/// Starts them all; `messages` is left to them. Those that run already are in `running` when one
/// cannot be started.
Result<> start_all(std::span<const Program> programs, Pipe& messages, const sigset_t& signals,
                   std::vector<kernel::Child>& running) {
  TRY_ASSIGN(const auto nothing, kernel::open("/dev/null", O_RDONLY));
  UniqueFd input;
  for (const auto& program : programs) {
    const bool last = &program == &programs.back();
    Child child(program, signals, messages.reader.get());
    const int first_input = program.input >= 0 ? program.input : nothing.get();
    TRY(child.pass(input ? input.get() : first_input));
    Pipe next;
    if (!last) {
      TRY_ASSIGN(next, make_pipe());
    }
    TRY(child.pass(last ? messages.writer.get() : next.writer.get()));
    TRY(child.pass(messages.writer.get()));
    for (const int fd : program.passed) {
      TRY(child.pass(fd));
    }
    TRY_ASSIGN(auto started, child.start(program.private_network));
    running.push_back(std::move(started));
    input = std::move(next.reader);
  }
  messages.writer.reset();
  return {};
}

Result<std::vector<kernel::Exit>> reap(const std::vector<kernel::Child>& running, bool kill) {
  std::vector<kernel::Exit> exits;
  for (const auto& child : running) {
    if (kill) {
      (void)kernel::send_signal(child.pid_fd.get(), SIGKILL);  // it is ours and not reaped yet
    }
    TRY_ASSIGN(const auto exit, kernel::wait_for_exit(child.pid_fd.get()));
    exits.push_back(exit);
  }
  return exits;
}

}  // namespace

Result<std::vector<kernel::Exit>> run_programs(
    std::span<const Program> programs, const std::function<void(std::string_view)>& on_line) {
  TRY_ASSIGN(auto messages, make_pipe());
  const Interrupts interrupts;
  Lines lines(on_line);
  std::vector<kernel::Child> running;
  auto done = start_all(programs, messages, interrupts.before(), running);
  if (done) {
    done = read_lines(messages.reader.get(), interrupts.fd(), lines);
  }
  auto exits = reap(running, !done);
  TRY(std::move(done));
  return exits;
}

}  // namespace warren::image
