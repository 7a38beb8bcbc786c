#include "manager/verbs.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <ctime>
#include <utility>
#include <vector>

#include "base/text.h"
#include "kernel/clone.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "manager/condition.h"
#include "manager/keep.h"
#include "manager/published.h"
#include "manager/running.h"
#include "state/cgroup.h"
#include "state/name_claim.h"
#include "state/scratch.h"

namespace warren::manager {
namespace {

Result<> check_exists(const state::Paths& paths, const std::string& name) {
  if (::access(directory_of(paths, name).c_str(), F_OK) == 0) {
    return {};
  }
  return Error{.code = ENOENT, .subject = name, .reason = "there is no such container"};
}

struct MonitorPlan {
  int report = -1;
  int nowhere = -1;  ///< /dev/null
  std::vector<char*> arguments;
};

/// Runs in: a copy of the caller that becomes the monitor.
[[noreturn]] void monitor_main(const void* argument) noexcept {
  const auto& plan = *static_cast<const MonitorPlan*>(argument);
  ::setsid();
  if (::chdir("/") < 0 || ::dup2(plan.nowhere, STDIN_FILENO) < 0 ||
      ::dup2(plan.report, STDOUT_FILENO) < 0 || ::dup2(plan.nowhere, STDERR_FILENO) < 0 ||
      !kernel::close_on_exec_from(3)) {
    ::_exit(70);
  }
  ::signal(SIGPIPE, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // Of the caller's surroundings nothing gets into the container.
  std::array<char*, 1> environment = {nullptr};
  ::execve("/proc/self/exe", plan.arguments.data(), environment.data());
  ::_exit(70);
}

/// What a new monitor has to say: empty when the container is ready.
Result<std::string> run_monitor(const state::Paths& paths, const std::string& name) {
  std::vector<std::string> words = {"warren"};
  if (!paths.root.empty()) {
    words.insert(words.end(), {"--root", paths.root});
  }
  words.insert(words.end(), {"monitor", "--report", name});
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) {
    return Error::sys("pipe2");
  }
  const UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  TRY_ASSIGN(const auto nowhere, kernel::open("/dev/null", O_RDWR));
  MonitorPlan plan = {.report = writing.get(), .nowhere = nowhere.get(), .arguments = {}};
  for (const auto& word : words) {
    plan.arguments.push_back(const_cast<char*>(word.c_str()));  // execve(2) does not write to it
  }
  plan.arguments.push_back(nullptr);
  TRY_ASSIGN(const auto child, kernel::clone3(0, -1, monitor_main, &plan));
  writing.reset();
  TRY_ASSIGN(auto said, kernel::read_all(reading.get(), "the monitor's report"));
  if (said == kReady) {
    return std::string();
  }
  kernel::wait_for_end(child.pid_fd.get());  // now nothing of this attempt is left
  return said.empty() ? "its monitor was killed" : std::move(said);
}

/// Takes back what a monitor that was killed has left; nothing to do when one lives.
Result<> repair(const state::Paths& paths, const std::string& name) {
  auto claim = state::NameClaim::take(paths.run, name);
  if (!claim) {
    return claim.error().code == EBUSY ? Result<>() : std::move(claim).error();
  }
  if (!claim->was_left_behind()) {
    return {};
  }
  unpublish(name, paths);
  TRY_ASSIGN(const auto cgroup, state::Cgroup::make(paths.cgroup, name, true));
  TRY_ASSIGN(const auto scratch, state::Scratch::take(paths.state, name));
  TRY_ASSIGN(const auto directory, kernel::open(directory_of(paths, name), O_PATH | O_DIRECTORY));
  const state::Ending ending = {
      .time = std::time(nullptr), .failed = false, .reason = "its monitor was killed"};
  return kernel::replace_file(directory.get(), state::kLastFile, state::to_text(ending), 0644);
}

bool has_monitor(State state) { return state != State::Stopped && state != State::Failed; }

/// Waits a moment for another one's verb to come further.
void wait_a_moment() { ::usleep(10'000); }

}  // namespace

Result<> start(const state::Paths& paths, const std::string& name) {
  TRY(check_exists(paths, name));
  while (true) {
    const State state = read_state(paths, name).state;
    if (state == State::Running) {
      return {};
    }
    if (has_monitor(state)) {
      wait_a_moment();
      continue;
    }
    TRY_ASSIGN(const auto said, run_monitor(paths, name));
    if (said.empty()) {
      return {};
    }
    if (said != kTaken) {
      return Error::because("", "", said);
    }
    wait_a_moment();
  }
}

Result<> stop(const state::Paths& paths, const std::string& name, Manner manner) {
  TRY(check_exists(paths, name));
  const auto condition = read_state(paths, name);
  if (!condition.record) {
    return {};
  }
  const auto& record = *condition.record;
  const auto monitor = kernel::pidfd_open(record.monitor);
  if (monitor && kernel::is_running(record.monitor, record.monitor_start)) {
    (void)kernel::send_signal(monitor->get(), manner == Manner::Ask ? SIGTERM : SIGQUIT);
    kernel::wait_for_end(monitor->get());
  }
  return repair(paths, name);
}

Result<> reload(const state::Paths& paths, const std::string& name) {
  TRY(check_exists(paths, name));
  TRY_ASSIGN(const auto running, find_running(paths, name));
  const auto program =
      kernel::readlinkat(AT_FDCWD, cat("/proc/", running.entry.leader, "/exe")).value_or("");
  const auto file = std::string_view(program).substr(program.rfind('/') + 1);
  // Both read their configuration again on SIGHUP: systemd(1), BusyBox's init/init.c.
  if (file != "systemd" && file != "busybox") {
    return Error::because("reload", name, "its process 1 is no init that could")
        .advise(cat("try warren restart ", name));
  }
  return kernel::send_signal(running.leader.get(), SIGHUP);
}

}  // namespace warren::manager
