// Runs in: the launcher, in the build namespace, with the tree as its root.
#include "launch/mount_points.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "kernel/file.h"

namespace warren::launch {
namespace {

/// What is missing right after it was made: its name is a symbolic link's.
Result<UniqueFd> name_dangling_link(Result<UniqueFd> place) {
  return place || place.error().code != ENOENT
             ? std::move(place)
             : std::move(place).error().advise("a symbolic link of the tree leads nowhere there");
}

/// Whether two directories are in one mount. A directory of the same file system that is bound in
/// is not the image's, whatever lies beneath it there.
Result<bool> share_mount(int one, int other) {
  TRY_ASSIGN(const auto first, kernel::mount_id(one, "mount point"));
  TRY_ASSIGN(const auto second, kernel::mount_id(other, "mount point"));
  return first == second;
}

/// The kernel says no more than that it is not valid.
Result<> check_kind(int place, const std::string& path, PlaceKind wanted) {
  TRY_ASSIGN(const auto status, kernel::fstat(place, path));
  const bool is_directory = S_ISDIR(status.st_mode);
  if (is_directory == (wanted == PlaceKind::Directory)) {
    return {};
  }
  return Error::because("mount", path,
                        is_directory ? "a file cannot be mounted over a directory"
                                     : "a directory cannot be mounted over a file");
}

}  // namespace

void remove_made_entries(std::vector<MadeEntry>& made) {
  while (!made.empty()) {
    const MadeEntry& entry = made.back();
    if (entry.with_content) {
      (void)kernel::remove_tree(entry.parent.get(), entry.name);
    } else {
      struct stat status = {};
      const bool touched =
          ::fstatat(entry.parent.get(), entry.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) < 0 ||
          (!entry.is_directory && status.st_size != 0);
      if (!touched) {
        ::unlinkat(entry.parent.get(), entry.name.c_str(), entry.is_directory ? AT_REMOVEDIR : 0);
      }
    }
    made.pop_back();
  }
}

MountPoints::MountPoints(int root, const RecordMountPoint& record, std::vector<MadeEntry>& made)
    : root_(root), record_(record), made_(made) {}

Result<UniqueFd> MountPoints::find(const std::string& path) const {
  return kernel::open_in_root(root_, path, O_PATH);
}

Result<> MountPoints::make(const std::string& path, PlaceKind kind) {
  const auto slash = path.rfind('/');
  const std::string parent_path = slash == 0 ? "/" : path.substr(0, slash);
  auto parent = kernel::open_in_root(root_, parent_path, O_PATH | O_DIRECTORY);
  if (!parent && parent.error().code == ENOENT) {
    TRY(make(parent_path, PlaceKind::Directory));
    parent = name_dangling_link(kernel::open_in_root(root_, parent_path, O_PATH | O_DIRECTORY));
  }
  if (!parent) {
    return std::move(parent).error();
  }
  const std::string name = path.substr(slash + 1);
  const bool is_directory = kind == PlaceKind::Directory;
  TRY_ASSIGN(const bool in_image, share_mount(parent->get(), root_));
  if (in_image) {
    TRY(record_(path, kind));
  }
  const int result = is_directory ? ::mkdirat(parent->get(), name.c_str(), 0755)
                                  : ::mknodat(parent->get(), name.c_str(), S_IFREG | 0644, 0);
  if (result < 0 && errno != EEXIST) {
    Error error = Error::sys("make mount point", path);
    return error.code == EROFS && in_image
               ? std::move(error).advise("the tree is read-only: make it there, or use --ephemeral")
               : error;
  }
  if (result == 0 && !in_image) {
    made_.push_back({.parent = *std::move(parent), .name = name, .is_directory = is_directory});
  }
  return {};
}

Result<UniqueFd> MountPoints::ensure(const std::string& path, PlaceKind kind) {
  auto place = find(path);
  if (!place && place.error().code == ENOENT) {
    TRY(make(path, kind));
    return name_dangling_link(find(path));
  }
  if (place) {
    TRY(check_kind(place->get(), path, kind));
  }
  return place;
}

Result<UniqueFd> MountPoints::ensure_plain(const std::string& path) {
  constexpr int kPlain = O_PATH | O_DIRECTORY | O_NOFOLLOW;
  auto place = kernel::open_in_root(root_, path, kPlain);
  if (!place && place.error().code == ENOENT) {
    TRY(make(path, PlaceKind::Directory));
    place = kernel::open_in_root(root_, path, kPlain);
  }
  if (!place && (place.error().code == ENOTDIR || place.error().code == ELOOP)) {
    return Error::because("mount", path, "it is a symbolic link or a file in the image")
        .advise("warren mounts a file system there: make it an empty directory");
  }
  return place;
}

}  // namespace warren::launch
