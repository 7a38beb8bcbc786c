// Mounts of the file systems that show a namespace: proc, sysfs, cgroup2, mqueue. They are made
// from outside, by a short-lived process that has the container's namespaces and the host's
// rights, so that they can be attached, and masked, before the payload's user namespace gets its
// locked copy of the tree.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "kernel/clone.h"

namespace warren::launch {

struct NamespaceViews {
  UniqueFd proc;
  UniqueFd sysfs;
  UniqueFd cgroup;
  UniqueFd mqueue;
};

/// Detached mounts for the namespaces of `child`, which must not have executed anything yet.
/// `own_pid_namespace` is a descriptor of the caller's.
[[nodiscard]] Result<NamespaceViews> open_namespace_views(const kernel::Child& child,
                                                          int own_pid_namespace);

}  // namespace warren::launch
