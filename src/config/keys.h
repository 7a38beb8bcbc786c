// The rows of the schema, in their parts.
#pragma once

#include "config/schema.h"

namespace warren::config {

// Of spec::Declaration.
[[nodiscard]] Keys tree_keys();
[[nodiscard]] Keys contents_keys();
[[nodiscard]] Keys network_keys();
[[nodiscard]] Keys isolation_keys();
[[nodiscard]] Keys life_keys();
[[nodiscard]] Keys outside_keys();  ///< read elsewhere, or by nobody

// Of spec::DeclaredVeth: the container's first, and each of extraVeths.
[[nodiscard]] Keys veth_keys();

}  // namespace warren::config
