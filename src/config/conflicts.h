// What two containers of one host cannot both have.
#pragma once

#include <span>

#include "config/problem.h"
#include "config/value.h"
#include "spec/declaration.h"

namespace warren::config {

/// A declaration and the table that it was read from.
struct Declared {
  spec::Declaration declaration;
  Value table;
};

/// Adds a problem for each address, port, socket, interface and range of ids that two of `declared`
/// want: it costs the one that is declared later, and names the other.
void find_conflicts(std::span<const Declared> declared, Problems& problems);

}  // namespace warren::config
