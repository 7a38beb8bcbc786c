#include "manager/live.h"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "config/toml.h"
#include "host/devices.h"
#include "kernel/file.h"
#include "launch/cgroup_limits.h"
#include "manager/await.h"
#include "manager/condition.h"
#include "manager/live_mounts.h"
#include "manager/live_services.h"
#include "manager/published.h"
#include "manager/running.h"
#include "plan/limits.h"
#include "state/cgroup.h"

namespace warren::manager {
namespace {

struct Applier {
  std::string_view key;  ///< with all below it; one `*` stands for a name
  Result<> (*apply)(const LiveChange& change);
};

/// The monitor reads it when it needs it: keep.cc.
Result<> leave_to_monitor(const LiveChange& /*change*/) { return {}; }

Result<> apply_limits(const LiveChange& change) {
  std::vector<plan::DeviceFact> devices;
  for (const auto* limits : {&change.from.limits, &change.to.limits}) {
    for (const auto& disk : limits->io) {
      devices.push_back(host::read_device(disk.device));
    }
  }
  TRY_ASSIGN(const auto settings,
             plan::plan_limit_changes(change.from.limits, change.to.limits, devices));
  TRY_ASSIGN(const auto running, find_if_running(change.paths, change.name));
  if (!running) {
    return {};
  }
  const auto cgroup = state::open_cgroup(running->entry.cgroup);
  if (!cgroup) {
    return cgroup.error().code == ENOENT ? Result<>() : cgroup.error();  // it has ended
  }
  const auto if_absent =
      change.to.limits.required ? launch::IfAbsent::Fail : launch::IfAbsent::Warn;
  const auto written = launch::write_limits(cgroup->get(), settings, if_absent);
  return written ? Result<>() : written.error();
}

constexpr auto kAppliers = std::to_array<Applier>({
    {"bindMounts", mount_new},
    {"extraVeths.*.forwardPorts", republish},
    {"forwardPorts", republish},
    {"internet", republish},
    {"limits", apply_limits},
    {"restart", leave_to_monitor},
    {"services", start_new},
    {"timeoutStopSec", leave_to_monitor},
});

bool is_below(std::string_view key, std::string_view text) {
  return text.starts_with(key) && (text.size() == key.size() || text[key.size()] == '.');
}

bool covers(std::string_view pattern, std::string_view key) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) {
    return is_below(pattern, key);
  }
  const auto end = pattern.substr(star + 1);
  return key.starts_with(pattern.substr(0, star)) && key.ends_with(end);
}

const Applier* applier_of(const config::Change& change) {
  if (change.effect != config::Effect::Live) {
    return nullptr;
  }
  const auto* const found = std::ranges::find_if(
      kAppliers, [&](const Applier& applier) { return covers(applier.key, change.key); });
  return found != kAppliers.end() ? found : nullptr;
}

/// Those that are needed, each once.
std::vector<const Applier*> appliers_for(std::span<const config::Change> keys) {
  std::vector<const Applier*> needed;
  for (const auto& change : keys) {
    const auto* const applier = applier_of(change);
    if (applier != nullptr && std::ranges::find(needed, applier) == needed.end()) {
      needed.push_back(applier);
    }
  }
  return needed;
}

Result<> apply_all(std::span<const Applier* const> appliers, const LiveChange& change) {
  for (std::size_t i = 0; i < appliers.size(); ++i) {
    auto applied = appliers[i]->apply(change);
    if (!applied) {
      const LiveChange back = {.paths = change.paths,
                               .name = change.name,
                               .from = change.to,
                               .to = change.from,
                               .leader = change.leader};
      for (std::size_t done = i + 1; done-- > 0;) {
        (void)appliers[done]->apply(back);
      }
      return std::move(applied).error().with(appliers[i]->key);
    }
  }
  return {};
}

/// From now on its monitor goes by that generation.
Result<> adopt(const state::Paths& paths, const std::string& name, const state::Record& record,
               unsigned generation) {
  const auto directory = kernel::open(cat(paths.run, "/", name), O_PATH | O_DIRECTORY);
  if (!directory) {
    return directory.error().code == ENOENT ? Result<>() : directory.error();
  }
  const state::Adopted adopted = {
      .monitor = record.monitor, .monitor_start = record.monitor_start, .generation = generation};
  return kernel::replace_file(directory->get(), state::kAdoptedFile, state::to_text(adopted), 0644);
}

/// Process 1 of what runs; 0 between two lives, and where nothing runs.
pid_t leader_of(const Condition& condition) {
  const bool runs = condition.state == State::Running || condition.state == State::Starting ||
                    condition.state == State::Paused;
  return runs ? condition.record->leader : 0;
}

bool is_being_launched(const Condition& condition) {
  return condition.state == State::Starting && condition.record->leader == 0;
}

/// The condition once it is not between two processes.
Condition settled(const state::Paths& paths, const std::string& name) {
  auto condition = read_state(paths, name);
  while (is_being_launched(condition)) {
    wait_for_change(paths, name, condition);
    condition = read_state(paths, name);
  }
  return condition;
}

}  // namespace

void restart_where_needed(std::vector<config::Change>& changes, const spec::Declaration& to) {
  const auto restart = [&](std::string_view table, std::string_view name) {
    const std::string key = cat(table, ".", config::to_toml_key(name));
    const auto change = std::ranges::find(changes, key, &config::Change::key);
    if (change != changes.end()) {
      change->effect = config::Effect::Restart;
    }
  };
  for (const auto& bind : to.bind_mounts) {
    if (bind.host_path.starts_with("/dev/")) {
      restart("bindMounts", bind.mount_point);
    }
  }
  for (const auto& service : to.services) {
    if (service.restart != spec::DeclaredService::Restart::Always) {
      restart("services", service.name);
    }
  }
}

bool is_live(const config::Change& change) { return applier_of(change) != nullptr; }

Result<> change_live(const state::Paths& paths, const std::string& name, const LiveStep& step) {
  const auto appliers = appliers_for(step.keys);
  auto condition = settled(paths, name);
  while (has_monitor(condition)) {
    const pid_t leader = leader_of(condition);
    const auto applied = leader == 0 ? Result<>()
                                     : apply_all(appliers, {.paths = paths,
                                                            .name = name,
                                                            .from = step.before,
                                                            .to = step.after,
                                                            .leader = leader});
    if (applied) {
      TRY(adopt(paths, name, *condition.record, step.to));
    }
    // What was started meanwhile may have been planned before.
    const auto later = settled(paths, name);
    if (leader_of(later) == leader || !has_monitor(later)) {
      return has_monitor(later) ? applied : Result<>();
    }
    condition = later;
  }
  return {};
}

}  // namespace warren::manager
