#include "manager/live_mounts.h"

#include <fcntl.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "base/text.h"
#include "config/lower.h"
#include "kernel/file.h"
#include "launch/live_mounts.h"
#include "manager/running.h"
#include "plan/custom_mounts.h"

namespace warren::manager {
namespace {

using Binds = std::vector<spec::DeclaredBind>;

/// Those of `to` that `from` has not.
Binds new_binds(const Binds& from, Binds to) {
  std::erase_if(to, [&](const spec::DeclaredBind& bind) {
    return std::ranges::find(from, bind) != from.end();
  });
  return to;
}

/// In the order in which they are to be made; what they show of the host is there then.
Result<spec::Container> container_with(const Binds& binds, spec::Declaration declaration) {
  declaration.bind_mounts = binds;
  declaration.tmpfs.clear();
  TRY_ASSIGN(auto lowered, config::lower(declaration, {}));
  for (const auto& directory : lowered.make_on_host) {
    TRY(kernel::make_path(directory, 0755));
  }
  return std::move(lowered.container);
}

}  // namespace

Result<> mount_new(const LiveChange& change) {
  TRY_ASSIGN(const auto running, find_if_running(change.paths, change.name));
  if (!running) {
    return {};
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
  for (const auto& bind : new_binds(change.to.bind_mounts, change.from.bind_mounts)) {
    TRY(launch::unmount_live(site, bind.mount_point));
  }
  TRY_ASSIGN(const auto added,
             container_with(new_binds(change.from.bind_mounts, change.to.bind_mounts), change.to));
  std::vector<plan::Source> sources;
  TRY_ASSIGN(const auto steps, plan::plan_custom_mounts(added, {}, sources));
  for (const auto& step : steps) {
    if (const auto* const bind = std::get_if<plan::BindSource>(&step)) {
      TRY(launch::mount_live(site, sources, *bind));
    }
  }
  return {};
}

}  // namespace warren::manager
