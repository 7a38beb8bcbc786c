// Runs in: the launcher, in the build namespace.
// Has: the host's tree at "/" until enter_root(); fsuid is the container's root.
#include "launch/root_mount.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/mount.h"
#include "launch/id_mapping.h"
#include "launch/overlay_layers.h"

namespace warren::launch {
namespace {

using Layout = plan::RootPlan::Layout;

/// A directory in memory for the changes, attached as the kernel wants it for a layer.
Result<UniqueFd> make_volatile_changes() {
  TRY_ASSIGN(auto file_system, kernel::FileSystem::fsopen("tmpfs"));
  TRY_ASSIGN(auto changes, file_system.mount(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
  TRY(kernel::ensure_directory(changes.get(), "upper", 0755));
  TRY(kernel::ensure_directory(changes.get(), "work", 0755));
  return changes;
}

Result<UniqueFd> make_overlay(const plan::RootPlan& root, RootParts parts) {
  if (!parts.changes) {
    TRY_ASSIGN(parts.changes, make_volatile_changes());
  }
  TRY(attach_layer(parts.tree.get()));
  TRY(attach_layer(parts.changes.get()));
  TRY_ASSIGN(auto overlay, kernel::FileSystem::fsopen("overlay"));
  TRY(overlay.set("lowerdir", layer_path(parts.tree.get())));
  TRY(overlay.set("upperdir", cat(layer_path(parts.changes.get()), "/upper")));
  TRY(overlay.set("workdir", cat(layer_path(parts.changes.get()), "/work")));
  if (!root.keep_changes) {
    TRY(overlay.set("volatile"));  // nobody reads the changes later, so they need no sync
  }
  auto mount = overlay.mount(0);
  if (mount) {
    return mount;
  }
  Error error = std::move(mount).error().with(cat("put a layer over ", root.directory));
  return root.changes.empty()
             ? std::move(error)
             : std::move(error).advise(cat("the changes would be in ", root.changes,
                                           ": choose another place with --root, or keep them in "
                                           "memory with --volatile=overlay"));
}

/// An empty root that shows /usr of the tree, with the links of a merged /usr.
Result<UniqueFd> make_tmpfs_root(const RootParts& parts) {
  TRY_ASSIGN(auto file_system, kernel::FileSystem::fsopen("tmpfs"));
  TRY(file_system.set("mode", "0755"));
  TRY_ASSIGN(auto root, file_system.mount(0));
  TRY(kernel::move_mount(root.get(), AT_FDCWD, "/"));
  TRY(attach_layer(parts.tree.get()));  // only a part of what is attached can be copied
  TRY_ASSIGN(const auto usr, kernel::open_in_root(parts.tree.get(), "/usr", O_PATH | O_DIRECTORY));
  TRY_ASSIGN(const auto copy, kernel::clone_tree(usr.get(), "", true));
  TRY(kernel::mount_setattr(copy.get(), "", {.set = MOUNT_ATTR_RDONLY, .recursive = true}));
  for (const char* name : {"bin", "sbin", "lib", "lib32", "lib64", "libx32"}) {
    if (::faccessat(usr.get(), name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
        ::symlinkat(cat("usr/", name).c_str(), root.get(), name) < 0) {
      return Error::sys("symlink", cat("/", name));
    }
  }
  TRY(kernel::ensure_directory(root.get(), "usr", 0755));
  TRY(kernel::move_mount(copy.get(), root.get(), "usr"));
  return root;
}

Result<UniqueFd> make_root(const plan::RootPlan& root, RootParts parts) {
  switch (root.layout) {
    case Layout::Overlay:
      return make_overlay(root, std::move(parts));
    case Layout::Tmpfs:
      return make_tmpfs_root(parts);
    case Layout::Tree:
      break;
  }
  return std::move(parts.tree);
}

/// Makes what is mounted below a tree read-only. The tree itself follows when all mount points
/// have been made in it.
Result<> freeze_below(int tree) {
  struct statvfs status = {};
  if (::fstatvfs(tree, &status) < 0) {
    return Error::sys("statvfs");
  }
  TRY(kernel::mount_setattr(tree, "", {.set = MOUNT_ATTR_RDONLY, .recursive = true}));
  return (status.f_flag & ST_RDONLY) != 0
             ? Result<>()
             : kernel::mount_setattr(tree, "", {.clear = MOUNT_ATTR_RDONLY});
}

/// A directory of the tree as the root, with the whole tree shown below it if that is asked for.
Result<UniqueFd> attach_part(const plan::RootPlan& root, const UniqueFd& whole) {
  TRY_ASSIGN(const auto part,
             kernel::open_in_root(whole.get(), root.pivot_to, O_PATH | O_DIRECTORY));
  TRY_ASSIGN(auto mount, kernel::clone_tree(part.get(), "", true));
  TRY_ASSIGN(const auto copy, kernel::clone_tree(whole.get(), "", true));
  TRY(kernel::move_mount(mount.get(), AT_FDCWD, "/"));
  if (!root.pivot_from.empty()) {
    if (root.read_only) {
      TRY(kernel::mount_setattr(copy.get(), "", {.set = MOUNT_ATTR_RDONLY}));
    }
    TRY_ASSIGN(const auto place,
               kernel::open_in_root(mount.get(), root.pivot_from, O_PATH | O_DIRECTORY));
    TRY(kernel::move_mount(copy.get(), place.get(), ""));
  }
  return mount;
}

}  // namespace

Result<RootParts> open_root_parts(const plan::RootPlan& root, const plan::IdRange& ids, int tree) {
  RootParts parts;
  TRY_ASSIGN(parts.tree, kernel::clone_tree(tree, "", true));
  if (root.layout == Layout::Overlay && !root.changes.empty()) {
    TRY(kernel::make_path(root.changes, 0700));
    // Left from before a reboot, it says that the layer was not synced.
    TRY(kernel::remove_tree(AT_FDCWD, cat(root.changes, "/work")));
    for (const char* name : {"upper", "work"}) {
      const std::string path = cat(root.changes, "/", name);
      TRY(kernel::ensure_directory(AT_FDCWD, path, 0755));
      const uid_t owner = root.keep_changes ? 0 : ids.base;  // see attach_root()
      if (::chown(path.c_str(), owner, owner) < 0) {
        return Error::sys("chown", path);
      }
    }
    TRY_ASSIGN(parts.changes, kernel::clone_tree(AT_FDCWD, root.changes, false));
  }
  return parts;
}

Result<UniqueFd> attach_root(const plan::RootPlan& root, RootParts parts, int user_namespace) {
  if (root.map_ids) {
    TRY(map_owners(parts.tree.get(), user_namespace, root.directory));
    if (root.keep_changes) {  // the range may be another one next time
      TRY(map_owners(parts.changes.get(), user_namespace, root.changes));
    }
  }
  if (root.read_only) {
    TRY(freeze_below(parts.tree.get()));
  }
  const bool attached = root.layout == Layout::Tmpfs;
  TRY_ASSIGN(auto mount, make_root(root, std::move(parts)));
  if (root.no_devices) {
    TRY(kernel::mount_setattr(mount.get(), "", {.set = MOUNT_ATTR_NODEV, .recursive = true}));
  }
  if (!attached) {
    TRY(kernel::move_mount(mount.get(), AT_FDCWD, "/"));
  }
  return root.pivot_to.empty() ? std::move(mount) : attach_part(root, mount);
}

Result<> enter_root(int root) {
  if (::fchdir(root) < 0) {
    return Error::sys("fchdir");
  }
  return kernel::pivot_root_here();
}

Result<> leave_host_tree() { return kernel::detach("/"); }

}  // namespace warren::launch
