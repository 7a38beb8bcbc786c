// Rules between the keys of one declaration.
#pragma once

#include "config/problem.h"
#include "config/value.h"
#include "spec/declaration.h"

namespace warren::config {

/// Adds the contradictions in `declaration`, which has been read from `table` without a problem.
void check(const spec::Declaration& declaration, const Value& table, Problems& problems);

}  // namespace warren::config
