// Where warren keeps things on the host; all below $WARREN_ROOT or --root when that is given.
#pragma once

#include <string>

namespace warren::state {

struct Paths {
  std::string run = "/run/warren";        ///< what must not survive a boot
  std::string state = "/var/lib/warren";  ///< what must
  std::string root;                       ///< what was given to below()
  std::string cgroup = "warren";          ///< what the names of containers' cgroups begin with

  /// `root` empty for the host's own directories.
  [[nodiscard]] static Paths below(const std::string& root);
};

/// The path of a declared container's cgroup below the hierarchy's root.
[[nodiscard]] std::string cgroup_of(const Paths& paths, const std::string& name);

}  // namespace warren::state
