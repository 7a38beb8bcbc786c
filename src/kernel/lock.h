// Locks on open files and directories: flock(2). The kernel drops them with the last descriptor.
#pragma once

#include <fcntl.h>
#include <sys/file.h>

#include <string>
#include <string_view>

#include "base/result.h"

namespace warren::kernel {

/// flock(2) that goes on after a signal. `name` is for the message. Fails with EWOULDBLOCK when
/// `operation` has LOCK_NB and somebody else holds it.
[[nodiscard]] Result<> flock(int fd, int operation, std::string_view name);

/// Whether `fd` is still what `path` names in `directory` (AT_FDCWD for the working directory): who
/// held a lock may have removed or renamed it meanwhile. `flags` are those of fstatat(2).
[[nodiscard]] bool is_still_at(int directory, const std::string& path, int fd, int flags = 0);

}  // namespace warren::kernel
