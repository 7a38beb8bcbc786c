// Overlay mounts that a container has beside its root. They are made while the host's tree can
// still be named, because the kernel takes layers by path only (until Linux 6.13).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "launch/mount_points.h"
#include "launch/sources.h"
#include "plan/plan.h"

namespace warren::launch {

/// Attaches a detached mount somewhere out of the way in the build namespace: what a layer is
/// taken from must be attached.
[[nodiscard]] Result<> attach_layer(int mount);

/// The path of a layer for a mount option.
[[nodiscard]] std::string layer_path(int fd);

/// A detached mount for each MountOverlay of the plan, in order. Layers inside are those of
/// `root`, the container's root file system, as it is without any other mount. The work
/// directories that were made beside upper layers are added to `made`.
[[nodiscard]] Result<std::vector<UniqueFd>> make_overlays(const plan::Plan& plan,
                                                          const std::vector<OpenSource>& sources,
                                                          int root, std::vector<MadeEntry>& made);

}  // namespace warren::launch
