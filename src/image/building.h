// An image being built: a directory `.building-KEY` of the store, with a lock on it, that becomes
// the image by one rename.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"
#include "image/progress.h"
#include "image/stored_image.h"

namespace warren::image {

class Building {
 public:
  /// Takes the build of `key` below the store's directory `images`, as the only one; waits while
  /// another process has it, and says so. What a killed builder left is removed. `what` is for
  /// those who wait for this one.
  [[nodiscard]] static Result<Building> take(const std::string& images, const std::string& key,
                                             std::string_view what, const Progress& progress);

  Building(Building&& other) noexcept;
  Building& operator=(Building&&) = delete;
  Building(const Building&) = delete;
  Building& operator=(const Building&) = delete;
  /// Removes what was not published.
  ~Building();

  /// The tree, an empty directory at first.
  [[nodiscard]] const std::string& root() const { return root_; }
  /// A directory for what the builder needs besides; it goes with the build.
  [[nodiscard]] const std::string& scratch() const { return scratch_; }

  /// Measures the tree, writes the record of `image` and makes it what `image.id` names in the
  /// store, on the disk and not just in memory. An image of that id that is there already stays,
  /// and this one goes. Completes `image`.
  [[nodiscard]] Result<> publish(StoredImage& image);

 private:
  Building(std::string images, std::string path, UniqueFd lock);

  std::string images_;
  std::string path_;  ///< empty when published
  std::string root_;
  std::string scratch_;
  UniqueFd lock_;
};

/// Removes the builds in `images`, and the images half removed, that no process works on.
void remove_abandoned(const std::string& images);

/// Opens the directory `path` and locks it with flock(2) `operation`. Fails with ENOENT when it is
/// gone, and with EWOULDBLOCK when that is what flock(2) says.
[[nodiscard]] Result<UniqueFd> lock_directory(const std::string& path, int operation);

}  // namespace warren::image
