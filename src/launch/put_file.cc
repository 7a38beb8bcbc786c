// Runs in: the launcher, in the build namespace, with the tree as its root.
#include "launch/put_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"

namespace warren::launch {
namespace {

using Kind = spec::File::Kind;

struct Target {
  UniqueFd parent;
  std::string name;
  uid_t uid;  ///< on the host
  gid_t gid;
};

/// A directory of the tree, made with its parents when it is missing.
Result<UniqueFd> ensure_parent(int root, const std::string& path) {
  auto directory = kernel::open_in_root(root, path, O_RDONLY | O_DIRECTORY);
  if (directory || directory.error().code != ENOENT) {
    return directory;
  }
  const auto slash = path.rfind('/');
  TRY_ASSIGN(const auto above, ensure_parent(root, slash == 0 ? "/" : path.substr(0, slash)));
  TRY(kernel::ensure_directory(above.get(), path.substr(slash + 1), 0755));
  return kernel::open_in_root(root, path, O_RDONLY | O_DIRECTORY);
}

Result<> set_owner(const Target& target) {
  if (::fchownat(target.parent.get(), target.name.c_str(), target.uid, target.gid,
                 AT_SYMLINK_NOFOLLOW) < 0) {
    return Error::sys("chown", target.name);
  }
  return {};
}

bool is_as_wanted(const Target& target, const spec::File& file, const struct stat& status) {
  if (status.st_uid != target.uid || status.st_gid != target.gid) {
    return false;
  }
  if (file.kind == Kind::Symlink) {
    return S_ISLNK(status.st_mode) &&
           kernel::readlinkat(target.parent.get(), target.name).value_or("") == file.content;
  }
  if (!S_ISREG(status.st_mode) || (status.st_mode & 07777) != file.mode ||
      static_cast<std::size_t>(status.st_size) != file.content.size()) {
    return false;
  }
  // By its name, since a tree that is being built has no /proc yet to open a handle again.
  const auto open =
      kernel::openat(target.parent.get(), target.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  const auto opened = open ? kernel::fstat(open->get(), target.name) : open.error();
  return opened && opened->st_ino == status.st_ino && S_ISREG(opened->st_mode) &&
         kernel::read_all(open->get(), target.name, file.content.size()).value_or("") ==
             file.content;
}

Result<> put_directory(const Target& target, const spec::File& file) {
  if (::mkdirat(target.parent.get(), target.name.c_str(), file.mode) < 0) {
    return errno == EEXIST ? Result<>() : Error::sys("mkdir", file.path);
  }
  return set_owner(target);
}

/// Made under another name and renamed, so that nobody sees it half done.
Result<> put_symlink(const Target& target, const spec::File& file) {
  const Target making{.parent = UniqueFd(::dup(target.parent.get())),
                      .name = cat(".", target.name, ".warren"),
                      .uid = target.uid,
                      .gid = target.gid};
  (void)::unlinkat(making.parent.get(), making.name.c_str(), 0);  // left by a killed warren
  if (::symlinkat(file.content.c_str(), making.parent.get(), making.name.c_str()) < 0) {
    return Error::sys("symlink", file.path);
  }
  TRY(set_owner(making));
  if (::renameat(making.parent.get(), making.name.c_str(), target.parent.get(),
                 target.name.c_str()) < 0) {
    return Error::sys("rename", file.path);
  }
  return {};
}

Result<> put(const Target& target, const spec::File& file) {
  if (file.kind == Kind::Directory) {
    return put_directory(target, file);
  }
  const auto status = kernel::fstatat(target.parent.get(), target.name);
  if (status && is_as_wanted(target, file, *status)) {
    return {};
  }
  if (status && S_ISDIR(status->st_mode)) {
    return Error::because("write", file.path, "a directory is there");
  }
  if (file.kind == Kind::Symlink) {
    return put_symlink(target, file);
  }
  // Nobody else may look at it before it has its owner.
  TRY(kernel::replace_file(target.parent.get(), target.name, file.content, file.mode & 0700));
  TRY(set_owner(target));
  if (::fchmodat(target.parent.get(), target.name.c_str(), file.mode, 0) < 0) {
    return Error::sys("chmod", file.path);
  }
  return {};
}

}  // namespace

Result<> put_file(int root, const spec::File& file, uid_t base) {
  const auto slash = file.path.rfind('/');
  auto parent = ensure_parent(root, slash == 0 ? "/" : file.path.substr(0, slash));
  if (!parent) {
    return std::move(parent).error().with(cat("write ", file.path));
  }
  return put({.parent = *std::move(parent),
              .name = file.path.substr(slash + 1),
              .uid = base + file.uid,
              .gid = base + file.gid},
             file);
}

}  // namespace warren::launch
