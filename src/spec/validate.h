// What a container's settings must satisfy together.
#pragma once

#include "base/result.h"
#include "spec/container.h"

namespace warren::spec {

/// Fails with the first contradiction, named in the words of the command line.
[[nodiscard]] Result<> validate(const Container& container);

}  // namespace warren::spec
