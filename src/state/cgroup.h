// The cgroup of a container in the cgroup2 hierarchy: cgroups(7), and the kernel's cgroup-v2.rst.
// Works wherever the kernel has cgroup2, wherever it is mounted, also beside controllers of v1.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::state {

class Cgroup {
 public:
  /// Makes the cgroup `prefix`.`name` at the root of the hierarchy. One that is there already is
  /// taken over, killing what still runs in it, if `take_over` (a killed warren left it), and
  /// otherwise only if it is empty: EBUSY.
  [[nodiscard]] static Result<Cgroup> make(const std::string& prefix, const std::string& name,
                                           bool take_over);

  /// Makes `payload` in the caller's own cgroup, a unit that systemd delegated, and moves the
  /// caller into `supervisor` beside it until this goes. In the hierarchy's root the same as
  /// make().
  [[nodiscard]] static Result<Cgroup> make_in_own(const std::string& prefix,
                                                  const std::string& name, bool take_over);

  Cgroup(Cgroup&&) = default;
  Cgroup& operator=(Cgroup&&) = default;
  Cgroup(const Cgroup&) = delete;
  Cgroup& operator=(const Cgroup&) = delete;
  /// Kills what is left in it and removes it, with all cgroups that the payload made.
  ~Cgroup();

  /// A directory descriptor, for clone3(2) CLONE_INTO_CGROUP.
  [[nodiscard]] int fd() const { return directory_.get(); }
  /// Below the hierarchy's root, without a slash in front.
  [[nodiscard]] const std::string& path() const { return path_; }

  /// Lets user `owner` manage the cgroups below this one, and nothing of this one itself: the
  /// files of /sys/kernel/cgroup/delegate.
  [[nodiscard]] Result<> delegate(uid_t owner) const;

 private:
  Cgroup(UniqueFd hierarchy, UniqueFd directory, std::string path)
      : hierarchy_(std::move(hierarchy)),
        directory_(std::move(directory)),
        path_(std::move(path)) {}
  [[nodiscard]] static Result<Cgroup> make_at(UniqueFd hierarchy, std::string path, bool take_over);

  UniqueFd hierarchy_;
  UniqueFd directory_;
  std::string path_;
  UniqueFd left_;          ///< the cgroup that the caller moved out of
  std::string take_back_;  ///< for its cgroup.subtree_control, before the caller goes back
};

/// The cgroup at `path` below the hierarchy's root, as Cgroup::path() has it.
[[nodiscard]] Result<UniqueFd> open_cgroup(const std::string& path);

/// The cgroup2 directory that process `pid` is in.
[[nodiscard]] Result<UniqueFd> open_cgroup_of(pid_t pid);

}  // namespace warren::state
