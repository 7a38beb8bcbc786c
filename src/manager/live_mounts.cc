#include "manager/live_mounts.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <variant>

#include "base/text.h"
#include "config/lower.h"
#include "config/toml.h"
#include "kernel/file.h"
#include "launch/live_mounts.h"
#include "manager/running.h"
#include "plan/custom_mounts.h"

namespace warren::manager {
namespace {

/// The mounts of `to` alone, in the order in which they are to be made.
Result<spec::Container> new_mounts(const spec::Declaration& from, const spec::Declaration& to) {
  spec::Declaration added = to;
  std::erase_if(added.bind_mounts, [&](const spec::DeclaredBind& bind) {
    return std::ranges::find(from.bind_mounts, bind) != from.bind_mounts.end();
  });
  added.tmpfs.clear();
  TRY_ASSIGN(auto lowered, config::lower(added, {}));
  for (const auto& directory : lowered.make_on_host) {
    TRY(kernel::make_path(directory, 0755));
  }
  return std::move(lowered.container);
}

}  // namespace

Result<> mount_new(const LiveChange& change) {
  const auto running = find_running(change.paths, change.name);
  if (!running) {
    return running.error().code == ESRCH ? Result<>() : running.error();
  }
  TRY_ASSIGN(const auto root, open_root(*running));
  TRY_ASSIGN(const auto owner, root_of(*running));
  TRY_ASSIGN(const auto proc, kernel::open("/proc", O_PATH | O_DIRECTORY));
  UniqueFd user_namespace;
  if (running->entry.user_namespace) {
    TRY_ASSIGN(user_namespace,
               kernel::open(cat("/proc/", running->entry.leader, "/ns/user"), O_RDONLY));
  }
  const launch::MountSite site = {.leader = running->leader.get(),
                                  .root = root.get(),
                                  .user_namespace = user_namespace.get(),
                                  .proc = proc.get(),
                                  .ids = {.base = owner.first}};
  TRY_ASSIGN(const auto gone, new_mounts(change.to, change.from));
  for (const auto& mount : gone.mounts) {
    TRY(launch::unmount_live(site, mount.target));
  }
  TRY_ASSIGN(const auto added, new_mounts(change.from, change.to));
  std::vector<plan::Source> sources;
  TRY_ASSIGN(const auto steps, plan::plan_custom_mounts(added, {}, sources));
  for (const auto& step : steps) {
    if (const auto* const bind = std::get_if<plan::BindSource>(&step)) {
      TRY(launch::mount_live(site, sources, *bind));
    }
  }
  return {};
}

void restart_for_devices(std::vector<config::Change>& changes, const spec::Declaration& to) {
  for (const auto& bind : to.bind_mounts) {
    const std::string key = cat("bindMounts.", config::to_toml_key(bind.mount_point));
    const auto change = std::ranges::find(changes, key, &config::Change::key);
    if (change != changes.end() && bind.host_path.starts_with("/dev/")) {
      change->effect = config::Effect::Restart;
    }
  }
}

}  // namespace warren::manager
