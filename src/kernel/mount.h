// The mount API on file descriptors: fsopen(2), fsconfig(2), fsmount(2), open_tree(2),
// move_mount(2), mount_setattr(2), pivot_root(2), umount2(2).
#pragma once

#include <sys/mount.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::kernel {

/// A file system being configured: fsopen(2) … fsmount(2). The kernel's own explanation of a
/// failure, where it gives one, becomes the reason of the error.
class FileSystem {
 public:
  /// Fails with ENODEV when the kernel does not know `type`.
  [[nodiscard]] static Result<FileSystem> fsopen(const char* type);

  /// Sets one option. `value` may have up to 255 bytes (a limit of fsconfig(2)).
  [[nodiscard]] Result<> set(const char* key, const std::string& value);
  /// Sets an option without a value.
  [[nodiscard]] Result<> set(const char* key);

  /// Makes the file system and a detached mount of it with MOUNT_ATTR_* `attributes`.
  [[nodiscard]] Result<UniqueFd> mount(std::uint64_t attributes);

 private:
  FileSystem(const char* type, UniqueFd context) : type_(type), context_(std::move(context)) {}
  [[nodiscard]] Result<> config(unsigned command, const char* key, const char* value);
  [[nodiscard]] Error explain(std::string_view subject) const;

  const char* type_;
  UniqueFd context_;
};

/// open_tree(2) with OPEN_TREE_CLONE: a detached copy of the mount at `path` under `directory`,
/// with everything mounted below it if `recursive`. Follows a symbolic link only at the end of
/// `path`, not when it is empty (then `directory` itself is copied).
[[nodiscard]] Result<UniqueFd> clone_tree(int directory, const std::string& path, bool recursive);

/// move_mount(2): attaches the detached mount `mount` at `path` under `directory`; at `directory`
/// itself when `path` is empty. Fails with EINVAL when either is not in this mount namespace.
[[nodiscard]] Result<> move_mount(int mount, int directory, const std::string& path);

/// What mount_setattr(2) changes; see there for the attributes.
struct MountChange {
  std::uint64_t set = 0;          ///< MOUNT_ATTR_* to set
  std::uint64_t clear = 0;        ///< MOUNT_ATTR_* to clear
  std::uint64_t propagation = 0;  ///< MS_PRIVATE, MS_SHARED, …; 0 leaves it
  int user_namespace = -1;        ///< with MOUNT_ATTR_IDMAP: the mapping
  bool recursive = false;
};

/// Changes the mount that `path` under `directory` lies on; `directory`'s own when empty.
[[nodiscard]] Result<> mount_setattr(int directory, const std::string& path,
                                     const MountChange& change);

/// Whether two descriptors lead into the same mount.
[[nodiscard]] Result<bool> share_mount(int one, int other);

/// pivot_root(".", "."): the current directory's mount becomes the root; the old root is left
/// mounted on top of it. Path lookups start in the new root from here on.
[[nodiscard]] Result<> pivot_root_here();

/// Takes away what is mounted on top at `path`, and all below it, at once for this namespace and
/// for good when the last user is gone (MNT_DETACH).
[[nodiscard]] Result<> detach(const char* path);

}  // namespace warren::kernel
