// What a tree must not have when it becomes an image, since no two containers may share it.
#pragma once

#include "base/result.h"

namespace warren::image {

/// Removes the keys of SSH hosts, the random seed and the machine id from the tree `root`, which a
/// stranger may have made. A systemd in it makes them anew at its first boot, sshd's keys too.
[[nodiscard]] Result<> forget_identity(int root);

}  // namespace warren::image
