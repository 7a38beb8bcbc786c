#include "state/paths.h"

#include "base/text.h"

namespace warren::state {

Paths Paths::below(const std::string& root) {
  Paths paths;
  paths.root = root;
  if (!root.empty()) {
    paths.run.insert(0, root);
    paths.state.insert(0, root);
    // There is one cgroup hierarchy for all roots, so the name tells them apart.
    paths.cgroup += cat("-", hash(root) % 0xFFFFFF);
  }
  return paths;
}

std::string cgroup_of(const Paths& paths, const std::string& name) {
  return cat(paths.cgroup, ".", name);
}

}  // namespace warren::state
