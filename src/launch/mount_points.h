// Places in the tree where something is mounted. One that the image lacks is made, and taken
// away again when the container is gone, so that no litter stays in the image.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::launch {

enum class PlaceKind { Directory, File };

/// Called before a mount point is made in the image itself, with its path inside.
using RecordMountPoint = std::function<Result<>(const std::string& path, PlaceKind kind)>;

/// Something that was made elsewhere on the host for this container.
struct MadeEntry {
  UniqueFd parent;
  std::string name;
  bool is_directory = false;
  bool with_content = false;  ///< a work directory of an overlay: goes with what is in it
};

/// Removes what was made, newest first. What is not empty, or not there any more, stays as it is.
void remove_made_entries(std::vector<MadeEntry>& made);

class MountPoints {
 public:
  /// `root` is a descriptor of the tree's root. What is made elsewhere is added to `made`. All
  /// must outlive this.
  MountPoints(int root, const RecordMountPoint& record, std::vector<MadeEntry>& made);

  /// The place at `path`, which follows symbolic links as a process inside would; made with its
  /// parents when it is not there.
  [[nodiscard]] Result<UniqueFd> ensure(const std::string& path, PlaceKind kind);

  /// The same for places that every container has: a symbolic link there is refused, since it
  /// can only be a mistake or a trap.
  [[nodiscard]] Result<UniqueFd> ensure_plain(const std::string& path);

  /// The place at `path`; ENOENT when it is not there.
  [[nodiscard]] Result<UniqueFd> find(const std::string& path) const;

 private:
  [[nodiscard]] Result<> make(const std::string& path, PlaceKind kind);

  int root_;
  const RecordMountPoint& record_;
  std::vector<MadeEntry>& made_;
};

}  // namespace warren::launch
