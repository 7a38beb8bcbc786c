// The root file system of a container, from the tree as it is on the host.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "plan/plan.h"

namespace warren::launch {

/// Pieces of the host's that the root is made of, taken before the build namespace is entered.
struct RootParts {
  UniqueFd tree;     ///< a detached copy of the mount of the tree
  UniqueFd changes;  ///< Overlay: the same of the directory that keeps the changes; may be none
};
[[nodiscard]] Result<RootParts> open_root_parts(const plan::RootPlan& root,
                                                const plan::IdRange& ids, int tree);

/// Makes the root of `parts` and attaches it in the build namespace, where the host's tree is
/// still the one that paths lead to. `user_namespace` is the container's, for mapped ids.
/// Returns a descriptor of the new root.
[[nodiscard]] Result<UniqueFd> attach_root(const plan::RootPlan& root, RootParts parts,
                                           int user_namespace);

/// Makes the attached `root` this process's root. leave_host_tree() must follow before any path
/// is used: the host's tree is mounted over the new root, and `..` there leads into it.
[[nodiscard]] Result<> enter_root(int root);

/// Takes the host's tree away.
[[nodiscard]] Result<> leave_host_tree();

}  // namespace warren::launch
