#include "manager/life.h"

#include <unistd.h>

#include <optional>
#include <utility>

#include "base/text.h"
#include "host/facts.h"
#include "image/facts.h"
#include "image/merged_tree.h"
#include "kernel/process.h"
#include "kernel/terminal.h"
#include "launch/cgroup_limits.h"
#include "launch/empty_namespace.h"
#include "launch/launch.h"
#include "manager/weakenings.h"
#include "monitor/memory_kills.h"
#include "plan/plan.h"
#include "state/entry.h"
#include "state/freezer.h"

namespace warren::manager {
namespace {

Result<plan::Plan> make_plan(const spec::Container& container, const Held& held,
                             const LifeEvents& events) {
  TRY_ASSIGN(auto host, host::read_facts(container));
  host.ids = held.ids.range;
  if (container.network.has_links()) {
    host.network_seed = network_seed(held.bridge_lock);
  }
  host.scratch = held.scratch.path();
  if (events.keeping != nullptr) {
    host.passed_descriptors = events.passed_descriptors;
    host.term = "linux";  // of the console; whose terminal warren was started on does not matter
  }
  TRY_ASSIGN(const auto merged, image::open_merged(held.tree.tree(), container.root.changes));
  TRY_ASSIGN(const auto image, image::read_facts(container, merged.get(), host.timezone));
  return plan::make_plan(container, host, image);
}

/// What `run` needs, also after this process is gone.
Result<> write_entry(const plan::Plan& plan, const spec::Container& container, pid_t leader,
                     const state::Cgroup& cgroup, Held& held) {
  const plan::ProcessPlan& process = plan.process;
  TRY_ASSIGN(const auto start, kernel::start_time(leader));
  const auto filter = std::as_bytes(process.filter.program());
  state::Entry entry = {
      .leader = leader,
      .leader_start = start,
      .cgroup = cgroup.path(),
      .user_namespace = plan.user_namespace,
      .bounding = process.bounding,
      .no_new_privileges = process.no_new_privileges,
      .personality = process.personality,
      .environment = process.environment,
      .filter = std::string(reinterpret_cast<const char*>(filter.data()), filter.size())};
  for (auto& [setting, consequence] : weakenings(container)) {
    entry.weakenings.emplace_back(std::move(setting), std::move(consequence));
  }
  return held.name.write(state::kEntryFile, state::to_text(entry), 0600);
}

/// A launched container and what its plan says about its end.
struct Started {
  launch::Launched launched;
  plan::Readiness readiness;
  std::optional<int> stop_signal;
};

Result<Started> start(const spec::Container& container, Held& held, const state::Cgroup& cgroup,
                      const LifeEvents& events) {
  TRY_ASSIGN(const auto plan, make_plan(container, held, events));
  const auto if_absent = plan.limits_required ? launch::IfAbsent::Fail : launch::IfAbsent::Warn;
  TRY_ASSIGN(const auto warnings, launch::write_limits(cgroup.fd(), plan.limits, if_absent));
  events.on_warnings(warnings);
  if (plan.user_namespace) {
    TRY(cgroup.delegate(plan.ids.base));
  }
  const bool in_image = plan.root.layout == plan::RootPlan::Layout::Tree;
  const auto record = [&](const std::string& path, launch::PlaceKind kind) {
    return in_image
               ? held.tree.record(plan.root.in_tree(path), kind == launch::PlaceKind::Directory)
               : Result<>();
  };
  TRY_ASSIGN(auto launched, launch::launch(plan, {.tree = held.tree.tree(),
                                                  .cgroup = cgroup.fd(),
                                                  .window = kernel::window_stream(),
                                                  .empty_namespace = held.empty_namespace,
                                                  .record = record,
                                                  .bridge_lock = held.bridge_lock}));
  TRY(write_entry(plan, container, launched.leader.pid, cgroup, held));
  // Last: who sees it can enter.
  TRY(held.name.write("leader", cat(launched.leader.pid, "\n"), 0644));
  return Started{.launched = std::move(launched),
                 .readiness = plan.readiness,
                 .stop_signal = plan.stop_signal};
}

/// The last ones may be what has ended it.
void report_kills(const monitor::MemoryKills& kills, const LifeEvents& events) {
  if (const auto count = kills.count(); count > 0) {
    events.on_memory_kill(count);
  }
}

}  // namespace

Result<state::Cgroup> make_cgroup(const spec::Container& container, const Held& held,
                                  const state::Paths& paths) {
  const auto make = container.keep_unit ? state::Cgroup::make_in_own : state::Cgroup::make;
  return make(paths.cgroup, held.name.name(), held.name.was_left_behind());
}

Result<kernel::Exit> live_once(const spec::Container& container, Held& held,
                               const state::Paths& paths, const LifeEvents& events) {
  TRY_ASSIGN(const auto cgroup, make_cgroup(container, held, paths));
  auto kills = monitor::MemoryKills::open(cgroup.fd());
  auto started = start(container, held, cgroup, events);
  if (!started) {
    report_kills(kills, events);
    return std::move(started).error();
  }
  launch::Launched& launched = started->launched;
  const pid_t leader = launched.leader.pid;
  if (launched.many_mounts) {
    (void)launch::keep_empty_namespace(held.empty_namespace);  // for speed only
  }
  events.on_executed(leader);
  const bool ready_later = started->readiness != plan::Readiness::Executed;
  if (!ready_later && events.keeping != nullptr) {
    events.on_ready(leader);
  }
  auto exit = monitor::supervise(launched, {.console = container.console,
                                            .kill_signal = started->stop_signal,
                                            .announce_ready = ready_later,
                                            .on_ready = [&] { events.on_ready(leader); },
                                            .before_end = [&] { (void)state::thaw(cgroup.fd()); },
                                            .attach =
                                                [&](monitor::EventLoop& loop) {
                                                  events.attach(loop, leader);
                                                  return kills.attach(loop, events.on_memory_kill);
                                                },
                                            .keeping = events.keeping});
  report_kills(kills, events);
  launch::remove_made_entries(launched.made);
  return exit;
}

}  // namespace warren::manager
