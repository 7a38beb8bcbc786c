#include "image/template.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <utility>

#include "base/text.h"
#include "base/undo.h"
#include "image/btrfs.h"
#include "image/cp.h"
#include "kernel/file.h"

namespace warren::image {
namespace {

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
    // It was finished or given up, and removed.
  }
  return std::optional<UnfinishedCopy>();
}

constexpr const char* kTree = "tree";  // what of an unfinished copy becomes the directory

/// Copies with cp, to which a subvolume is another file system.
Result<> copy_with_subvolumes(const std::string& from, const std::string& to) {
  TRY(copy_contents(from, to));
  TRY_ASSIGN(const auto source, kernel::open(from, O_RDONLY | O_DIRECTORY));
  if (is_subvolume(source.get())) {
    TRY_ASSIGN(const auto children, list_subvolumes(source.get()));
    for (const auto& path : children) {
      TRY(copy_with_subvolumes(cat(from, "/", path), cat(to, "/", path)));
    }
  }
  return {};
}

/// Makes the copy: by a snapshot where that can be, else with cp.
Result<> fill(const UnfinishedCopy& copy, int source, const std::string& from) {
  TRY(kernel::empty_directory(copy.directory.get()));
  if (is_subvolume(source)) {
    auto done = snapshot(source, copy.directory.get(), kTree);
    const bool elsewhere = !done && (done.error().code == EXDEV || done.error().code == ENOTTY);
    if (!elsewhere) {
      return done;
    }
  }
  TRY_ASSIGN(const auto status, kernel::fstat(source, from));
  TRY(kernel::ensure_directory(copy.directory.get(), kTree, 0700));
  TRY_ASSIGN(const auto tree, kernel::openat(copy.directory.get(), kTree, O_RDONLY | O_DIRECTORY));
  TRY(copy_with_subvolumes(from, cat(copy.path, "/", kTree)));
  if (::fchown(tree.get(), status.st_uid, status.st_gid) < 0 ||
      ::fchmod(tree.get(), status.st_mode & 07777) < 0) {
    return Error::sys("chown", copy.path);
  }
  return {};
}

/// Gives a finished copy its name, unless something has that already.
Result<> finish_copy(const UnfinishedCopy& copy, const std::string& directory) {
  const int place = copy.directory.get();
  if (::renameat2(place, kTree, AT_FDCWD, directory.c_str(), RENAME_NOREPLACE) == 0) {
    return {};
  }
  const bool unsupported = errno == EINVAL || errno == ENOSYS;
  return unsupported && ::renameat(place, kTree, AT_FDCWD, directory.c_str()) == 0
             ? Result<>()
             : Error::sys("rename", directory);
}

}  // namespace

Result<> copy_tree(const std::string& from, const std::string& directory) {
  TRY_ASSIGN(const auto source, kernel::open(from, O_RDONLY | O_DIRECTORY));
  TRY_ASSIGN(auto copy, begin_copy(directory));
  if (!copy) {
    return {};
  }
  Undo undo;
  undo.add([&copy] { (void)kernel::remove_tree(AT_FDCWD, copy->path); });
  TRY(fill(*copy, source.get(), from));
  return finish_copy(*copy, directory);  // what is left of the unfinished one goes
}

}  // namespace warren::image
