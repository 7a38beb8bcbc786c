// Mounts in a container that runs.
#pragma once

#include <span>
#include <string>

#include "base/result.h"
#include "plan/plan.h"

namespace warren::launch {

/// The container to mount in.
struct MountSite {
  int leader = -1;          ///< pidfd of process 1
  int root = -1;            ///< its root
  int user_namespace = -1;  ///< its own; -1 without one
  int proc = -1;            ///< the host's /proc
  plan::IdRange ids;        ///< `count` may be anything
};

/// Shows what `step` says of `sources`, as a launch would: what is read-only, or mapped, cannot be
/// made otherwise from inside. Unlike there, root inside may take it away again, and a mount point
/// that is made stays. What is there already is left as it is.
[[nodiscard]] Result<> mount_live(const MountSite& site, std::span<const plan::Source> sources,
                                  const plan::BindSource& step);

/// Takes away what mount_live() has put at `target`; one that is not there is fine.
[[nodiscard]] Result<> unmount_live(const MountSite& site, const std::string& target);

}  // namespace warren::launch
