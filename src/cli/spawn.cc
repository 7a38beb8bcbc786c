#include "cli/spawn.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <optional>
#include <utility>

#include "base/text.h"
#include "cli/help.h"
#include "cli/report.h"
#include "cli/spawn_request.h"
#include "cli/version.h"
#include "host/facts.h"
#include "kernel/socket.h"
#include "manager/hold.h"
#include "manager/life.h"
#include "manager/own_hosts.h"
#include "manager/published.h"
#include "manager/upkeep.h"
#include "monitor/supervise.h"
#include "state/cgroup.h"

namespace warren::cli {
namespace {

void announce(pid_t leader) {
  kernel::notify_service_manager(
      cat("READY=1\nSTATUS=Container running.\nX_NSPAWN_LEADER_PID=", leader));
}

manager::NameTaken if_taken(const SpawnRequest& request) {
  return request.name_is_ours ? manager::NameTaken::Rename : manager::NameTaken::Fail;
}

int exit_status_of(const kernel::Exit& exit, bool as_service) {
  if (monitor::is_power_off(exit)) {
    return 0;
  }
  if (monitor::is_reboot(exit)) {
    return kExitReboot;
  }
  // As a service, 133 means "start me again", which the payload has not asked for.
  const int status = exit.by_signal ? 128 + exit.code : exit.code;
  return as_service && status == kExitReboot ? 1 : status;
}

/// Others on the bridge find it by its name, and it finds them.
bool is_on_a_bridge(const spec::Network& network) {
  return std::ranges::any_of(network.veths, [](const spec::Veth& veth) {
    return !veth.bridge.empty() || !veth.zone.empty();
  });
}

/// What others see of a container, and what keeps that true.
struct Shown {
  std::optional<manager::Upkeep> upkeep;
  std::optional<manager::Published> published;
};

Result<Shown> show(spec::Container& container, const manager::Held& held,
                   const state::Paths& paths) {
  Shown shown;
  const bool has_neighbours = is_on_a_bridge(container.network);
  if (container.network.ports.empty() && !has_neighbours) {
    return shown;
  }
  const auto publication = manager::publication_of(container.identity.machine, container.network);
  TRY_ASSIGN(shown.upkeep, manager::Upkeep::start(
                               paths, [publication] { return publication; },
                               [](const Error& error) { report(error); }));
  TRY_ASSIGN(auto published, manager::Published::take(publication, paths));
  shown.published.emplace(std::move(published));
  if (has_neighbours) {
    TRY(manager::give_own_hosts(container, held, paths));
  }
  return shown;
}

Result<int> run(SpawnRequest& request, const state::Paths& paths) {
  TRY_ASSIGN(auto held, manager::take_hold(request.container, paths, if_taken(request)));
  auto shown = show(request.container, held, paths);
  if (!shown) {
    return std::move(shown).error().with(cat("start ", request.container.identity.machine));
  }
  const std::string what = cat("start ", request.container.identity.machine);
  if (request.container.console == spec::Console::Interactive && request.on_terminal &&
      !request.quiet) {
    say(cat("Running ", request.container.identity.machine,
            ". Press ^] three times within a second to kill it."));
  }
  const bool says_ready = request.container.process.notify_ready;
  const manager::LifeEvents events = {.on_executed =
                                          [says_ready](pid_t leader) {
                                            if (!says_ready) {
                                              announce(leader);
                                            }
                                          },
                                      .on_ready = announce,
                                      .attach =
                                          [&shown](monitor::EventLoop& loop, pid_t leader) {
                                            if (shown->upkeep) {
                                              shown->upkeep->attach(loop, leader);
                                            }
                                          }};
  while (true) {
    auto exit = manager::live_once(request.container, held, paths, events);
    if (!exit) {
      return std::move(exit).error().with(what);
    }
    if (!monitor::is_reboot(*exit) || request.container.keep_unit) {
      kernel::notify_service_manager("STOPPING=1\nSTATUS=Container terminated.");
      return exit_status_of(*exit, request.container.keep_unit);
    }
    kernel::notify_service_manager("STATUS=Container reboots.");
  }
}

/// --cleanup: taking the name also takes what an earlier holder left, and gives all back.
Result<int> clean_up(SpawnRequest& request, const state::Paths& paths) {
  TRY_ASSIGN(const auto held,
             manager::take_hold(request.container, paths, manager::NameTaken::Fail));
  TRY_ASSIGN(const auto cgroup, state::Cgroup::make(paths.cgroup, held.name.name(), true));
  manager::tidy_network(paths);
  return 0;
}

Result<int> spawn_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths,
                          bool as_nspawn) {
  if (const std::string listing = value_listing(arguments); !listing.empty()) {
    (void)!::write(STDOUT_FILENO, listing.data(), listing.size());
    return 0;
  }
  TRY_ASSIGN(auto request, read_spawn_options(arguments, paths.root));
  if (request.help || request.version) {
    const std::string text = request.help ? spawn_help() : version_text(as_nspawn);
    (void)!::write(STDOUT_FILENO, text.data(), text.size());
    return 0;
  }
  if (as_nspawn) {
    request.container.identity.manager = "systemd-nspawn";
  }
  TRY(host::check_host());
  TRY(complete(request));
  return request.clean_up ? clean_up(request, paths) : run(request, paths);
}

/// Each mount needs a descriptor until it is in its place. The payload has limits of its own.
void allow_open_files() {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
}

}  // namespace

int spawn(const std::vector<std::string>& arguments, const state::Paths& paths, bool as_nspawn) {
  // From now on these wait until somebody serves them.
  const sigset_t signals = monitor::supervised_signals();
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGCHLD, SIG_DFL);  // ignored by the caller, it would hide how a child ended
  allow_open_files();
  auto status = spawn_or_fail(arguments, paths, as_nspawn);
  if (!status) {
    const int code = exit_status_of(status.error());
    report(std::move(status).error());
    return code;
  }
  return *status;
}

}  // namespace warren::cli
