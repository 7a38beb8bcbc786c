// The name of a running container: a directory below /run/warren that one process at a time
// holds a lock on. What is left of a holder that was killed is found through it.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::state {

class NameClaim {
 public:
  /// Takes `name` below `run_directory`. Fails with EBUSY when a live process holds it.
  [[nodiscard]] static Result<NameClaim> take(const std::string& run_directory,
                                              const std::string& name);

  /// Whether a live process holds it. To be asked rarely: who takes the name at that very moment
  /// may find it taken.
  [[nodiscard]] static bool is_held(const std::string& run_directory, const std::string& name);

  NameClaim(NameClaim&&) = default;
  NameClaim& operator=(NameClaim&&) = default;
  NameClaim(const NameClaim&) = delete;
  NameClaim& operator=(const NameClaim&) = delete;
  /// Gives the name back: the directory and what is in it are removed.
  ~NameClaim();

  /// The directory was there: an earlier holder ended without giving the name back.
  [[nodiscard]] bool was_left_behind() const { return was_left_behind_; }
  [[nodiscard]] int directory() const { return directory_.get(); }
  [[nodiscard]] const std::string& name() const { return name_; }

  /// Writes one of the files that tell about the container: `leader`, `entry`.
  [[nodiscard]] Result<> write(const std::string& file, const std::string& content, mode_t mode);
  /// What an earlier holder wrote; empty when it did not.
  [[nodiscard]] std::string read(const std::string& file) const;

 private:
  NameClaim(UniqueFd directory, std::string path, std::string name, bool left_behind)
      : directory_(std::move(directory)),
        path_(std::move(path)),
        name_(std::move(name)),
        was_left_behind_(left_behind) {}

  UniqueFd directory_;  ///< carries the lock
  std::string path_;
  std::string name_;
  bool was_left_behind_ = false;
};

}  // namespace warren::state
