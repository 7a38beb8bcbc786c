#include "image/btrfs.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/text.h"
#include "kernel/file.h"

namespace warren::image {
namespace {

/// The inode number of every subvolume's root (BTRFS_FIRST_FREE_OBJECTID).
constexpr ino_t kSubvolumeInode = 256;

/// Where the subvolume `tree` is mounted in `subvolume`: the directory `directory` has its name.
Result<std::string> path_of_subvolume(int subvolume, std::uint64_t tree, std::uint64_t directory) {
  const auto lookup = std::make_unique<btrfs_ioctl_ino_lookup_user_args>();
  lookup->treeid = tree;
  lookup->dirid = directory;
  if (::ioctl(subvolume, BTRFS_IOC_INO_LOOKUP_USER, lookup.get()) < 0) {
    return Error::sys("look up", "btrfs subvolume");
  }
  return cat(static_cast<const char*>(lookup->path), static_cast<const char*>(lookup->name));
}

Result<> snapshot_alone(int subvolume, int parent, const std::string& name) {
  btrfs_ioctl_vol_args_v2 arguments = {};
  arguments.fd = subvolume;
  if (name.size() >= sizeof arguments.name) {
    return Error::from_errno(ENAMETOOLONG, "snapshot", name);
  }
  std::memcpy(arguments.name, name.data(), name.size());
  return ::ioctl(parent, BTRFS_IOC_SNAP_CREATE_V2, &arguments) == 0 ? Result<>()
                                                                    : Error::sys("snapshot", name);
}

}  // namespace

bool is_subvolume(int directory) {
  struct statfs file_system = {};
  struct stat status = {};
  return ::fstatfs(directory, &file_system) == 0 &&
         static_cast<unsigned long>(file_system.f_type) == BTRFS_SUPER_MAGIC &&
         ::fstat(directory, &status) == 0 && status.st_ino == kSubvolumeInode;
}

Result<std::vector<std::string>> list_subvolumes(int subvolume) {
  std::vector<std::string> paths;
  const auto found = std::make_unique<btrfs_ioctl_get_subvol_rootref_args>();
  bool more = true;
  while (more) {
    more = ::ioctl(subvolume, BTRFS_IOC_GET_SUBVOL_ROOTREF, found.get()) < 0;
    if (more && errno != EOVERFLOW) {  // it says that there are more than it could tell of
      return Error::sys("list subvolumes", kernel::path_of(subvolume));
    }
    for (unsigned i = 0; i < found->num_items; ++i) {
      const auto& child = found->rootref[i];
      TRY_ASSIGN(auto path, path_of_subvolume(subvolume, child.treeid, child.dirid));
      paths.push_back(std::move(path));
    }
  }
  return paths;
}

Result<> snapshot(int subvolume, int parent, const std::string& name) {
  TRY(snapshot_alone(subvolume, parent, name));
  TRY_ASSIGN(const auto children, list_subvolumes(subvolume));
  if (children.empty()) {
    return {};
  }
  TRY_ASSIGN(const auto copy, kernel::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  for (const auto& path : children) {
    TRY_ASSIGN(const auto child, kernel::open_in_root(subvolume, path, O_RDONLY | O_DIRECTORY));
    const auto slash = path.rfind('/');
    const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash);
    const std::string child_name = path.substr(slash + 1);
    TRY_ASSIGN(const auto place,
               kernel::open_in_root(copy.get(), directory, O_RDONLY | O_DIRECTORY));
    // The snapshot has an empty directory instead of it.
    if (::unlinkat(place.get(), child_name.c_str(), AT_REMOVEDIR) < 0) {
      return Error::sys("rmdir", path);
    }
    TRY(snapshot(child.get(), place.get(), child_name));
  }
  return {};
}

}  // namespace warren::image
