// Files between the host and a running container, by descriptors: no path of the container's is
// ever resolved outside its root, whatever the payload does to it meanwhile.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "manager/running.h"

namespace warren::manager {

/// Hears of what was left out: device nodes, FIFOs, sockets.
using Skipped = std::function<void(const std::string& name)>;

/// Copies the file or directory `source` of the host to `target` inside, or into it when that is
/// a directory. It belongs to the container's root; modes, times and symbolic links are kept.
/// `-` as the source is standard input.
[[nodiscard]] Result<> copy_to(const Running& running, const std::string& source,
                               const std::string& target, const Skipped& skipped);

/// The other way; it belongs to the caller, and set-id bits are not kept: they would lend the
/// caller's rights to a program of the container's. `-` as the target is standard output.
[[nodiscard]] Result<> copy_from(const Running& running, const std::string& source,
                                 const std::string& target, const Skipped& skipped);

}  // namespace warren::manager
