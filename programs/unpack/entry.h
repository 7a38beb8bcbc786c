// One entry of an archive, as far as a container may have it.
#pragma once

#include <archive_entry.h>

#include "base/result.h"

namespace warren::unpack {

enum class Fate {
  Make,
  Leave,  ///< nothing that a container's tree has: a device node
};

/// Looks at `entry` and takes from it what no image keeps: a leading `/` of its name, attributes
/// other than user.* and security.capability, access lists of NFS. Fails when the archive is not to
/// be unpacked at all: a name that leads out of the tree or is nested too deep, an owner that
/// no container has.
[[nodiscard]] Result<Fate> check_entry(archive_entry* entry);

}  // namespace warren::unpack
