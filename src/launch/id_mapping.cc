#include "launch/id_mapping.h"

#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "kernel/mount.h"

namespace warren::launch {
namespace {

struct FileSystemName {
  unsigned long magic;
  const char* name;
};

constexpr auto kFileSystemNames = std::to_array<FileSystemName>({
    {OVERLAYFS_SUPER_MAGIC, "overlay"},
    {NFS_SUPER_MAGIC, "NFS"},
    {TMPFS_MAGIC, "tmpfs"},
    {RAMFS_MAGIC, "ramfs"},
    {FUSE_SUPER_MAGIC, "FUSE"},
    {V9FS_MAGIC, "9p"},
    {SMB2_SUPER_MAGIC, "CIFS"},
    {0x2FC12FC1, "ZFS"},
});

std::string file_system_of(int tree) {
  struct statfs status = {};
  if (::fstatfs(tree, &status) == 0) {
    for (const auto& [magic, name] : kFileSystemNames) {
      if (magic == static_cast<unsigned long>(status.f_type)) {
        return cat("its file system (", name, ")");
      }
    }
  }
  return "its file system";
}

}  // namespace

kernel::IdMapping container_mapping(const plan::IdRange& ids) {
  return {.inside = 0, .outside = ids.base, .count = ids.count};
}

Result<> map_owners(int tree, int mapping, const std::string& path) {
  kernel::MountChange change = {
      .set = MOUNT_ATTR_IDMAP, .user_namespace = mapping, .recursive = true};
  auto mapped = kernel::mount_setattr(tree, "", change);
  if (!mapped && mapped.error().code == EINVAL) {
    // Something below may be what cannot be mapped, such as a /proc that chroot(8) users leave
    // behind: its files then belong to nobody inside.
    change.recursive = false;
    mapped = kernel::mount_setattr(tree, "", change);
  }
  if (!mapped && mapped.error().code == EPERM) {
    return Error::because("id-map", path,
                          "this is itself a container, where only what is mounted inside can be "
                          "mounted with mapped ids")
        .advise("use --private-users=identity, or a tree in a tmpfs that was mounted here");
  }
  if (mapped || mapped.error().code != EINVAL) {
    return mapped ? Result<>() : std::move(mapped.error()).with(cat("id-map ", path));
  }
  return Error::because("id-map", path,
                        cat(file_system_of(tree), " cannot be mounted with mapped ids here"))
      .advise(
          "use a tree on ext4, xfs or btrfs, or --private-users=identity, which maps nothing "
          "and isolates less");
}

}  // namespace warren::launch
