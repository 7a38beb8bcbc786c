// Declared files of a container, put into its tree.
#pragma once

#include <sys/types.h>

#include "base/result.h"
#include "spec/container.h"

namespace warren::launch {

/// Makes `file` what it is declared to be in the tree at descriptor `root`, whose ids start at
/// `base` on the host. Nothing is written where nothing differs: the tree may be a layer that
/// would keep a copy. Paths never lead out of the tree; missing parents are made.
[[nodiscard]] Result<> put_file(int root, const spec::File& file, uid_t base);

}  // namespace warren::launch
