#include "image/template.h"

#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/magic.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/text.h"
#include "base/undo.h"
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

/// cp(1) knows hard links, extended attributes, sparse files and reflinks.
Result<> run_cp(const std::string& from, const std::string& to) {
  const std::string contents = cat(from, "/.");
  const std::array<const char*, 7> arguments = {
      "cp",       "--archive", "--one-file-system", "--reflink=auto", contents.c_str(),
      to.c_str(), nullptr};
  pid_t child = -1;
  const int code = ::posix_spawnp(&child, "cp", nullptr, nullptr,
                                  const_cast<char* const*>(arguments.data()), environ);
  if (code != 0) {
    return Error::from_errno(code, "run", "cp");
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status == 0 ? Result<>() : Error::because("copy", from, "cp failed");
}

}  // namespace

Result<> copy_tree(const std::string& from, const std::string& directory) {
  TRY_ASSIGN(const auto source, kernel::open(from, O_RDONLY | O_DIRECTORY));
  if (snapshot(from, directory)) {
    return {};
  }
  const auto slash = directory.rfind('/');
  const std::string temporary =
      cat(directory.substr(0, slash + 1), ".#", directory.substr(slash + 1), ".", ::getpid());
  TRY_ASSIGN(const auto status, kernel::fstat(source.get(), from));
  if (::mkdir(temporary.c_str(), 0700) < 0) {
    return Error::sys("mkdir", temporary);
  }
  Undo undo;
  undo.add([&temporary] { (void)kernel::remove_tree(AT_FDCWD, temporary); });
  TRY(run_cp(from, temporary));
  if (::chown(temporary.c_str(), status.st_uid, status.st_gid) < 0 ||
      ::chmod(temporary.c_str(), status.st_mode & 07777) < 0 ||
      ::renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, directory.c_str(), RENAME_NOREPLACE) < 0) {
    return Error::sys("rename", directory);
  }
  undo.dismiss();
  return {};
}

}  // namespace warren::image
