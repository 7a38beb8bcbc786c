// Where the host's systemd keeps the monitors: warren@NAME.service, of one template that
// `make install` brings along.
#pragma once

#include <string>

#include "base/result.h"
#include "state/paths.h"

namespace warren::manager {

/// Whether process 1 of this host is systemd, and knows the template. Never so below --root: a
/// unit has the host's own directories.
[[nodiscard]] bool has_units(const state::Paths& paths);

/// Starts the unit of container `name` and returns when it is ready: then the text is empty.
/// Otherwise it is why it did not get ready.
[[nodiscard]] Result<std::string> start_unit(const std::string& name);

/// Takes the unit of a container that is no more off systemd's list of failed ones.
void forget_unit(const std::string& name);

}  // namespace warren::manager
