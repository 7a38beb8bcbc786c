#include "image/template.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <optional>
#include <utility>

#include "base/text.h"
#include "base/undo.h"
#include "image/cp.h"
#include "kernel/file.h"

namespace warren::image {
namespace {

/// The inode number of every btrfs subvolume's root (BTRFS_FIRST_FREE_OBJECTID).
constexpr ino_t kSubvolumeInode = 256;

bool is_subvolume(int directory) {
  struct statfs file_system = {};
  struct stat status = {};
  return ::fstatfs(directory, &file_system) == 0 &&
         static_cast<unsigned long>(file_system.f_type) == BTRFS_SUPER_MAGIC &&
         ::fstat(directory, &status) == 0 && status.st_ino == kSubvolumeInode;
}

/// Whether `to`, which does not exist, became a snapshot of `from`.
bool snapshot(const std::string& from, const std::string& to) {
  const auto source = kernel::open(from, O_RDONLY | O_DIRECTORY);
  const auto parent = kernel::open(to.substr(0, to.rfind('/') + 1), O_RDONLY | O_DIRECTORY);
  if (!source || !parent || !is_subvolume(source->get())) {
    return false;
  }
  btrfs_ioctl_vol_args_v2 arguments = {};
  arguments.fd = source->get();
  const std::string name = to.substr(to.rfind('/') + 1);
  if (name.size() >= sizeof arguments.name) {
    return false;
  }
  std::memcpy(arguments.name, name.data(), name.size());
  return ::ioctl(parent->get(), BTRFS_IOC_SNAP_CREATE_V2, &arguments) == 0;
}

/// A copy that is being made, under a name that nothing else has: locked as long as somebody works
/// on it, so that one that is not locked was left by a warren that was killed.
struct UnfinishedCopy {
  std::string path;
  UniqueFd directory;
};

/// Waits until the copy at `path` is nobody else's.
Result<> lock(int directory) {
  while (::flock(directory, LOCK_EX | LOCK_NB) < 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      return {};  // a file system without locks: nobody can wait for anybody
    }
    TRY(look_for_interruption());
  }
  return {};
}

bool exists(const std::string& path) {
  struct stat status = {};
  return ::lstat(path.c_str(), &status) == 0;
}

/// Begins the copy that becomes `directory`; none if another warren has made that meanwhile.
Result<std::optional<UnfinishedCopy>> begin_copy(const std::string& directory) {
  const auto slash = directory.rfind('/');
  UnfinishedCopy copy;
  copy.path = cat(directory.substr(0, slash + 1), ".#", directory.substr(slash + 1), ".copy");
  while (!exists(directory)) {
    TRY(kernel::ensure_directory(AT_FDCWD, copy.path, 0700));
    TRY_ASSIGN(copy.directory, kernel::open(copy.path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    TRY(lock(copy.directory.get()));
    TRY_ASSIGN(const auto locked, kernel::fstat(copy.directory.get(), copy.path));
    if (locked.st_uid != ::geteuid()) {
      return Error::because("copy to", copy.path, "it is somebody else's");
    }
    const auto present = kernel::fstatat(AT_FDCWD, copy.path);
    if (present && present->st_ino == locked.st_ino && present->st_dev == locked.st_dev) {
      return std::optional(std::move(copy));
    }
    // It was finished and renamed, or given up and removed.
  }
  return std::optional<UnfinishedCopy>();
}

/// Gives a finished copy its name, unless something has that already.
Result<> finish_copy(const UnfinishedCopy& copy, const std::string& directory) {
  if (::renameat2(AT_FDCWD, copy.path.c_str(), AT_FDCWD, directory.c_str(), RENAME_NOREPLACE) ==
      0) {
    return {};
  }
  const bool unsupported = errno == EINVAL || errno == ENOSYS;
  return unsupported && ::rename(copy.path.c_str(), directory.c_str()) == 0
             ? Result<>()
             : Error::sys("rename", directory);
}

}  // namespace

Result<> copy_tree(const std::string& from, const std::string& directory) {
  TRY_ASSIGN(const auto source, kernel::open(from, O_RDONLY | O_DIRECTORY));
  if (snapshot(from, directory)) {
    return {};
  }
  TRY_ASSIGN(const auto status, kernel::fstat(source.get(), from));
  TRY_ASSIGN(auto copy, begin_copy(directory));
  if (!copy) {
    return {};
  }
  Undo undo;
  undo.add([&copy] { (void)kernel::remove_tree(AT_FDCWD, copy->path); });
  TRY(kernel::empty_directory(copy->directory.get()));
  TRY(copy_contents(from, copy->path));
  if (::fchown(copy->directory.get(), status.st_uid, status.st_gid) < 0 ||
      ::fchmod(copy->directory.get(), status.st_mode & 07777) < 0) {
    return Error::sys("chown", copy->path);
  }
  TRY(finish_copy(*copy, directory));
  undo.dismiss();
  return {};
}

}  // namespace warren::image
