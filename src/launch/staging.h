// A place for the layers of overlay mounts, which the kernel wants attached somewhere and named
// by a path: an in-memory directory in the build namespace, gone with the host's tree.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::launch {

class Staging {
 public:
  /// Makes the directory on first use. Must be called before the first pivot_root_here().
  [[nodiscard]] Result<> prepare();

  /// Attaches the detached mount `layer` and gives its name relative to enter()'s directory.
  [[nodiscard]] Result<std::string> attach(int layer);

  /// An empty directory that the present file owner (kernel::FileOwner) owns; its name.
  [[nodiscard]] Result<std::string> make_directory();

  /// Makes the directory the current one, so that names of layers are relative to it.
  [[nodiscard]] Result<> enter() const;

 private:
  UniqueFd directory_;
  unsigned count_ = 0;
};

}  // namespace warren::launch
