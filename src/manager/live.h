// Changes that what runs takes without a restart: a table with a line a key, in live.cc.
//
// A key is live when the schema says so (config::Effect::Live) and the table has it; what is only
// in the schema is done by a restart. To add one, write
//   Result<> apply_limits(const LiveChange& change);
// and put {"limits", apply_limits} into kAppliers. It makes what runs be as `change.to` says. It is
// called once, however many keys below its own differ; with `from` and `to` swapped, to take back
// what it did, when another one fails; and once more with the same, after somebody was killed or
// the container has rebooted meanwhile. A later life of the container is planned from `to`, so
// nothing else has to be kept.
#pragma once

#include <sys/types.h>

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/schema.h"
#include "spec/declaration.h"
#include "state/paths.h"

namespace warren::manager {

struct LiveChange {
  const state::Paths& paths;
  const std::string& name;
  const spec::Declaration& from;
  const spec::Declaration& to;
  pid_t leader = 0;  ///< process 1, on the host
};

/// Marks the changes that the keys alone would let be live: a container is held to its devices from
/// its start on, and BusyBox's init looks again only for the services that it keeps running.
void restart_where_needed(std::vector<config::Change>& changes, const spec::Declaration& to);

/// Whether the change is made while the container runs.
[[nodiscard]] bool is_live(const config::Change& change);

/// Brings what runs to generation `to`, which differs from what it is in `keys`, all of them live
/// or without effect. The caller holds the container for a change. When it fails, what runs is as
/// it was. One that does not run is fine.
struct LiveStep {
  std::span<const config::Change> keys;
  const spec::Declaration& before;
  const spec::Declaration& after;
  unsigned to = 0;
};
[[nodiscard]] Result<> change_live(const state::Paths& paths, const std::string& name,
                                   const LiveStep& step);

}  // namespace warren::manager
