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
#include "kernel/file.h"
#include "kernel/process.h"
#include "kernel/self.h"
#include "manager/await.h"
#include "manager/condition.h"
#include "manager/hold.h"
#include "manager/keep.h"
#include "manager/published.h"
#include "manager/restart_note.h"
#include "manager/running.h"
#include "manager/unit.h"
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
  // Of the caller's surroundings nothing gets into the container.
  TRY_ASSIGN(const auto child,
             kernel::start_self(words, {nowhere.get(), writing.get(), nowhere.get()}));
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
  constexpr int kPatience = 500;
  const auto is_orphan = [&] {
    const auto condition = read_state(paths, name);
    return condition.record && condition.state == State::Failed;
  };
  auto claim = state::NameClaim::take(paths.run, name);
  // What a killed monitor had begun to launch holds the claim too, until the kernel has ended it.
  for (int tries = 0; !claim && claim.error().code == EBUSY && tries < kPatience && is_orphan();
       ++tries) {
    ::usleep(10'000);
    claim = state::NameClaim::take(paths.run, name);
  }
  if (!claim) {
    return claim.error().code == EBUSY && !is_orphan() ? Result<>() : std::move(claim).error();
  }
  if (!claim->was_left_behind()) {
    return {};
  }
  unpublish(name, paths);
  tidy_network(paths);
  TRY_ASSIGN(const auto cgroup, state::Cgroup::make(paths.cgroup, name, true));
  TRY_ASSIGN(const auto scratch, state::Scratch::take(paths.state, name));
  TRY_ASSIGN(const auto directory, kernel::open(directory_of(paths, name), O_PATH | O_DIRECTORY));
  const state::Ending ending = {
      .time = std::time(nullptr), .failed = false, .reason = "its monitor was killed"};
  return kernel::update_file(directory.get(), state::kLastFile, state::to_text(ending), 0644);
}

/// Ends what runs, and takes back what is left.
Result<> end(const state::Paths& paths, const std::string& name, Manner manner) {
  TRY(check_exists(paths, name));
  const auto condition = read_state(paths, name);
  if (!condition.record) {
    // A monitor that was killed early, or late, has left its claim and nothing else.
    const bool is_left = ::access(cat(paths.run, "/", name).c_str(), F_OK) == 0;
    return is_left ? repair(paths, name) : Result<>();
  }
  const auto& record = *condition.record;
  const auto monitor = kernel::pidfd_open(record.monitor);
  if (monitor && kernel::is_running(record.monitor, record.monitor_start)) {
    (void)kernel::send_signal(monitor->get(), manner == Manner::Ask ? SIGTERM : SIGQUIT);
    kernel::wait_for_end(monitor->get());
  }
  return repair(paths, name);
}

}  // namespace

Result<> start(const state::Paths& paths, const std::string& name) {
  TRY(check_exists(paths, name));
  while (true) {
    const auto condition = read_state(paths, name);
    if (condition.state == State::Running) {
      return {};
    }
    if (condition.state == State::Paused) {
      return Error::because("", name, "it is paused").advise(cat("warren resume ", name));
    }
    if (!has_monitor(condition)) {
      TRY_ASSIGN(const auto said, has_units(paths) ? start_unit(name) : run_monitor(paths, name));
      if (said.empty()) {
        drop_restart_note(paths, name);
        return {};
      }
      if (said != kTaken) {
        return Error::because("", "", said);
      }
      if (find_running(paths, name) && !read_state(paths, name).record) {
        return Error::because("", "", "a container of this name is running")
            .advise("warren spawn runs one: end that first");
      }
    }
    wait_for_change(paths, name, condition);
  }
}

Result<> stop(const state::Paths& paths, const std::string& name, Manner manner) {
  drop_restart_note(paths, name);
  return end(paths, name, manner);
}

Result<> end_for_restart(const state::Paths& paths, const std::string& name) {
  return end(paths, name, Manner::Ask);
}

Result<> reload(const state::Paths& paths, const std::string& name) {
  TRY(check_exists(paths, name));
  TRY_ASSIGN(const auto running, find_running(paths, name));
  TRY(check_awake(running));
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
