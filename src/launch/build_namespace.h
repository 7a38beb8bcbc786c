// The mount namespace in which the root tree is put together: a private copy of the host's that
// the launcher enters, and leaves again when the payload runs.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::launch {

class BuildNamespace {
 public:
  /// Moves this process into a fresh mount namespace, where nothing it mounts is seen elsewhere.
  /// It is a copy of the one kept at `pin` (empty_namespace.h), if there is one, and of the host's
  /// otherwise. Descriptors that were opened before go on leading to the host's files.
  [[nodiscard]] static Result<BuildNamespace> enter(const std::string& pin);

  /// Copying the host's mounts took so long that keeping an empty namespace may be worth it.
  [[nodiscard]] bool was_slow() const { return was_slow_; }

  BuildNamespace(BuildNamespace&&) = default;
  BuildNamespace& operator=(BuildNamespace&&) = delete;
  BuildNamespace(const BuildNamespace&) = delete;
  BuildNamespace& operator=(const BuildNamespace&) = delete;
  /// leave(), and to end the namespace when nobody else is in it, which takes a while.
  ~BuildNamespace();

  /// Goes back to where the process came from: mount namespace, root, working directory.
  void leave();

 private:
  BuildNamespace(UniqueFd home, UniqueFd working_directory)
      : home_(std::move(home)), working_directory_(std::move(working_directory)) {}

  UniqueFd home_;
  UniqueFd working_directory_;
  UniqueFd own_;  ///< the namespace itself
  bool was_slow_ = false;
};

}  // namespace warren::launch
