// Where nothing is but the tree to be made, and nothing can be done but make files.
#pragma once

#include "base/result.h"

namespace warren::unpack {

/// From here on this process
/// - has an empty read-only directory as its root, and the tree of the detached mount `tree`, which
///   no path leads to, as its working directory;
/// - is root of the user namespace `users`, whose ids are nobody's on the host, with the
///   capabilities over files alone;
/// - can make the system calls that unpacking needs, and no memory executable;
/// - ends when the one that started it does.
/// It is in pid, mount, ipc and network namespaces of its own already.
[[nodiscard]] Result<> lock_up(int tree, int users);

}  // namespace warren::unpack
