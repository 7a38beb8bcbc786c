// User namespaces for mounts whose owners are translated (mount_setattr(2) MOUNT_ATTR_IDMAP).
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"
#include "kernel/namespace.h"
#include "plan/plan.h"

namespace warren::launch {

/// The mapping of the container itself: its ids are `ids` on the host.
[[nodiscard]] kernel::IdMapping container_mapping(const plan::IdRange& ids);

/// Makes the files of the detached mount `tree` belong to those that the user namespace
/// `mapping` says; also of what is mounted below it, where that can be mapped.
/// `path` is for the message, which says what to do where the file system cannot do it.
[[nodiscard]] Result<> map_owners(int tree, int mapping, const std::string& path);

}  // namespace warren::launch
