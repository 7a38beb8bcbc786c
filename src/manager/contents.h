// What a declaration says about the inside, brought together with what the tree has.
#pragma once

#include "base/result.h"
#include "manager/runnable.h"
#include "state/paths.h"

namespace warren::manager {

/// Fills in container.files, and how readiness is told, from the tree as it
/// is now: to be called before each launch, as users may have been added inside meanwhile. Files
/// that are no longer declared go, and those of the image come back.
[[nodiscard]] Result<> declare_contents(Runnable& runnable, const state::Paths& paths);

/// Notes that the files are in the tree, and nothing else of warren's: to be called once the
/// container has been launched.
void remember_contents(const Runnable& runnable, const state::Paths& paths);

/// What `path` inside has; empty when there is no such file.
[[nodiscard]] Result<std::string> read_inside(int root, const std::string& path);

}  // namespace warren::manager
