// The root file system of a container, from the tree as it is on the host.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "launch/staging.h"
#include "plan/plan.h"

namespace warren::launch {

/// Pieces of the host's that the root is made of, taken before the build namespace is entered.
struct RootParts {
  UniqueFd tree;     ///< a detached copy of the mount of the tree
  UniqueFd changes;  ///< Overlay: the same of the directory that keeps the changes; may be none
};
[[nodiscard]] Result<RootParts> open_root_parts(const plan::RootPlan& root,
                                                const plan::IdRange& ids, int tree);

/// Makes the root of `parts`, attaches it and makes it this process's root; the host's tree is
/// left on top of it, unseen by path lookups, until it is detached from "/".
/// `user_namespace` is the container's, for mapped ids. Returns a descriptor of the new root.
[[nodiscard]] Result<UniqueFd> enter_root(const plan::RootPlan& root, RootParts parts,
                                          int user_namespace, Staging& staging);

}  // namespace warren::launch
