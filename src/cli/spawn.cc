#include "cli/spawn.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "base/text.h"
#include "cli/report.h"
#include "cli/spawn_request.h"
#include "cli/version.h"
#include "host/facts.h"
#include "image/facts.h"
#include "kernel/socket.h"
#include "kernel/terminal.h"
#include "launch/empty_namespace.h"
#include "launch/launch.h"
#include "monitor/supervise.h"
#include "plan/plan.h"
#include "state/cgroup.h"
#include "state/id_range.h"
#include "state/name_claim.h"
#include "state/scratch.h"
#include "state/tree_use.h"

namespace warren::cli {
namespace {

using Mode = spec::Users::Mode;

/// Takes the machine's name; another one like it when the name is nobody's wish.
Result<state::NameClaim> claim_name(SpawnRequest& request, const state::Paths& paths) {
  std::string& machine = request.container.identity.machine;
  auto claim = state::NameClaim::take(paths.run, machine);
  constexpr int kMostOfOneName = 100000;
  const std::string stem = machine.substr(0, 57);
  for (int i = 2;
       request.name_is_ours && i < kMostOfOneName && !claim && claim.error().code == EBUSY; ++i) {
    machine = cat(stem, "-", i);
    claim = state::NameClaim::take(paths.run, machine);
  }
  if (!claim && claim.error().code == EBUSY) {
    return std::move(claim).error().advise("choose another name with --machine");
  }
  return claim;
}

/// The owner of a tree whose files were shifted to a container's range, if it is one.
struct ShiftedTree {
  bool shifted = false;
  std::uint32_t base = 0;
};

Result<ShiftedTree> look_for_shift(int tree) {
  struct stat status = {};
  if (::fstat(tree, &status) < 0) {
    return Error::sys("stat", "the root tree");
  }
  const std::uint32_t base = status.st_uid & ~(state::kIdsPerContainer - 1);
  if (base != (status.st_gid & ~(state::kIdsPerContainer - 1))) {
    return Error::because("user ids", "", "user and group of the root tree are of two ranges");
  }
  return ShiftedTree{.shifted = base != 0, .base = base};
}

/// The container's ids, and what keeps others from taking them.
struct ClaimedIds {
  state::IdRangeClaim claim;
  plan::IdRange range;
};

Result<ClaimedIds> claim_ids(const spec::Container& container, const state::Paths& paths,
                             int tree) {
  const spec::Users& users = container.users;
  ClaimedIds ids;
  if (users.mode == Mode::None || users.mode == Mode::Identity) {
    return ids;
  }
  if (users.mode == Mode::Fixed) {
    ids.range = {.base = users.base, .count = users.count};
    ids.range.tree_is_shifted = users.ownership == spec::Users::Ownership::Off;
    return ids;
  }
  TRY_ASSIGN(const auto shift, look_for_shift(tree));
  const bool use_shift = users.mode == Mode::Owner ||
                         users.ownership == spec::Users::Ownership::Off ||
                         (shift.shifted && users.ownership == spec::Users::Ownership::Auto);
  if (use_shift) {
    if (shift.shifted) {
      TRY_ASSIGN(ids.claim, state::IdRangeClaim::share(paths.run, shift.base));
    }
    ids.range = {.base = shift.base, .count = state::kIdsPerContainer, .tree_is_shifted = true};
    return ids;
  }
  TRY_ASSIGN(ids.claim, state::IdRangeClaim::pick(paths.run, container.identity.machine));
  ids.range = {.base = ids.claim.base(), .count = state::kIdsPerContainer};
  return ids;
}

/// Everything that is held on the host as long as the container runs, also over its reboots.
struct Held {
  std::string empty_namespace;
  state::NameClaim name;
  state::Scratch scratch;
  state::TreeUse tree;
  ClaimedIds ids;
};

Result<Held> take_hold(SpawnRequest& request, const state::Paths& paths) {
  TRY_ASSIGN(auto fd, image::open_tree(request.container.root.directory));
  TRY_ASSIGN(auto name, claim_name(request, paths));
  if (request.container.identity.hostname.empty()) {
    request.container.identity.hostname = name.name();
  }
  TRY_ASSIGN(auto scratch, state::Scratch::take(paths.state, name.name()));
  TRY_ASSIGN(auto tree, state::TreeUse::share(paths.run, std::move(fd)));
  TRY_ASSIGN(auto ids, claim_ids(request.container, paths, tree.tree()));
  return Held{.empty_namespace = cat(paths.run, "/.launch/namespace"),
              .name = std::move(name),
              .scratch = std::move(scratch),
              .tree = std::move(tree),
              .ids = std::move(ids)};
}

Result<plan::Plan> make_plan(const spec::Container& container, const Held& held) {
  TRY_ASSIGN(auto host, host::read_facts(container));
  host.ids = held.ids.range;
  host.scratch = held.scratch.path();
  TRY_ASSIGN(const auto image, image::read_facts(container, held.tree.tree(), host.timezone));
  return plan::make_plan(container, host, image);
}

void announce(const kernel::Child& leader) {
  kernel::notify_service_manager(
      cat("READY=1\nSTATUS=Container running.\nX_NSPAWN_LEADER_PID=", leader.pid));
}

Result<state::Cgroup> make_cgroup(const spec::Container& container, const Held& held,
                                  const state::Paths& paths) {
  const auto make = container.keep_unit ? state::Cgroup::make_in_own : state::Cgroup::make;
  return make(paths.cgroup, held.name.name(), held.name.was_left_behind());
}

Result<launch::Launched> start(const spec::Container& container, const Held& held,
                               const state::Cgroup& cgroup) {
  TRY_ASSIGN(const auto plan, make_plan(container, held));
  if (plan.user_namespace) {
    TRY(cgroup.delegate(plan.ids.base));
  }
  const bool in_image = plan.root.layout == plan::RootPlan::Layout::Tree;
  const auto record = [&](const std::string& path, launch::PlaceKind kind) {
    return in_image ? held.tree.record(path, kind == launch::PlaceKind::Directory) : Result<>();
  };
  return launch::launch(plan, {.tree = held.tree.tree(),
                               .cgroup = cgroup.fd(),
                               .window = kernel::window_stream(),
                               .empty_namespace = held.empty_namespace,
                               .record = record});
}

/// One life of the container, from launch to the end of process 1.
Result<kernel::Exit> run_once(const SpawnRequest& request, Held& held, const state::Paths& paths) {
  const spec::Container& container = request.container;
  TRY_ASSIGN(const auto cgroup, make_cgroup(container, held, paths));
  TRY_ASSIGN(auto launched, start(container, held, cgroup));
  TRY(held.name.write("leader", cat(launched.leader.pid, "\n")));
  if (launched.many_mounts) {
    (void)launch::keep_empty_namespace(held.empty_namespace);  // for speed only
  }
  if (!container.process.notify_ready) {
    announce(launched.leader);
  }
  auto exit = monitor::supervise(launched, {.console = container.console,
                                            .kill_signal = container.process.kill_signal,
                                            .announce_ready = container.process.notify_ready,
                                            .on_ready = [&] { announce(launched.leader); }});
  launch::remove_made_entries(launched.made);
  return exit;
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

Result<int> run(SpawnRequest& request, const state::Paths& paths) {
  TRY_ASSIGN(auto held, take_hold(request, paths));
  const std::string what = cat("start ", request.container.identity.machine);
  if (request.container.console == spec::Console::Interactive && request.on_terminal &&
      !request.quiet) {
    say(cat("Running ", request.container.identity.machine,
            ". Press ^] three times within a second to kill it."));
  }
  while (true) {
    auto exit = run_once(request, held, paths);
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
  request.name_is_ours = false;
  TRY_ASSIGN(const auto held, take_hold(request, paths));
  TRY_ASSIGN(const auto cgroup, state::Cgroup::make(paths.cgroup, held.name.name(), true));
  return 0;
}

Result<int> spawn_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths,
                          bool as_nspawn) {
  TRY_ASSIGN(auto request, read_spawn_options(arguments));
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

}  // namespace

int spawn(const std::vector<std::string>& arguments, const state::Paths& paths, bool as_nspawn) {
  // From now on these wait until somebody serves them.
  const sigset_t signals = monitor::supervised_signals();
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGCHLD, SIG_DFL);  // ignored by the caller, it would take the exit status away
  auto status = spawn_or_fail(arguments, paths, as_nspawn);
  if (!status) {
    const int code = exit_status_of(status.error());
    report(std::move(status).error());
    return code;
  }
  return *status;
}

}  // namespace warren::cli
