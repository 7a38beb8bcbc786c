// A root tree in use by a container. Any number may use one; the last to stop takes away the
// mount points that were made in it for want of better ones.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::state {

class TreeUse {
 public:
  /// `tree` is a directory descriptor of the root tree. Waits while another one cleans up in it.
  [[nodiscard]] static Result<TreeUse> share(const std::string& run_directory, UniqueFd tree);

  TreeUse(TreeUse&&) = default;
  TreeUse& operator=(TreeUse&&) = delete;
  TreeUse(const TreeUse&) = delete;
  TreeUse& operator=(const TreeUse&) = delete;
  ~TreeUse();

  [[nodiscard]] int tree() const { return tree_.get(); }

  /// Notes that the empty directory, or file, `path` inside is about to be made. The note
  /// survives this process; the next one to stop on the tree acts on it. Works from whatever root
  /// and mount namespace.
  [[nodiscard]] Result<> record(const std::string& path, bool is_directory) const;

 private:
  TreeUse(UniqueFd tree, UniqueFd records, std::string name)
      : tree_(std::move(tree)), records_(std::move(records)), name_(std::move(name)) {}

  UniqueFd tree_;     ///< carries a shared lock
  UniqueFd records_;  ///< the directory of all trees' records
  std::string name_;  ///< of this one's
};

}  // namespace warren::state
