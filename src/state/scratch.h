// A directory of one container's own for what lives as long as it runs: the changes of an
// ephemeral root, temporary directories that are bound in.
#pragma once

#include <string>
#include <utility>

#include "base/result.h"

namespace warren::state {

class Scratch {
 public:
  /// The directory for container `name`, whose name claim the caller holds. What a killed holder
  /// left in it is removed. It is not made here: nothing may need it.
  [[nodiscard]] static Result<Scratch> take(const std::string& state_directory,
                                            const std::string& name);
  Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Scratch& operator=(Scratch&&) = delete;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  /// Removes it with all that is in it.
  ~Scratch();

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace warren::state
