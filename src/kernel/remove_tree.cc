// Taking trees away that may be a stranger's: see file.h.
#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"

namespace warren::kernel {
namespace {

struct CloseListing {
  void operator()(DIR* listing) const { ::closedir(listing); }
};

/// A directory that is being emptied. Directories that lie deep in it are moved up into it first,
/// so that no tree is too deep to be removed with a few descriptors.
struct Emptied {
  int directory = -1;
  unsigned moved = 0;
};

constexpr unsigned kDeepest = 64;

bool move_up(int directory, const std::string& name, Emptied& top) {
  int moved = -1;
  do {
    const std::string place = cat(".deep-", top.moved++);
    moved = ::renameat(directory, name.c_str(), top.directory, place.c_str());
  } while (moved < 0 && (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR));
  return moved == 0;
}

Result<> remove_entries(UniqueFd fd, const std::string& name, Emptied* top, unsigned depth);

Result<> remove_entry(int directory, const std::string& name, Emptied& top, unsigned depth) {
  if (::unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) {
    return {};
  }
  if (errno != EISDIR) {
    return Error::sys("unlink", name);
  }
  if (depth >= kDeepest && move_up(directory, name, top)) {
    return {};
  }
  // What is mounted in the tree is somebody else's.
  open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
                  .mode = 0,
                  .resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS};
  UniqueFd fd(static_cast<int>(::syscall(SYS_openat2, directory, name.c_str(), &how, sizeof how)));
  if (!fd) {
    return errno == EXDEV ? Error{.code = EBUSY,
                                  .operation = "remove",
                                  .subject = name,
                                  .reason = "something is mounted there"}
                          : Error::sys("open", name);
  }
  TRY(remove_entries(std::move(fd), name, &top, depth + 1));
  return ::unlinkat(directory, name.c_str(), AT_REMOVEDIR) < 0 ? Error::sys("rmdir", name)
                                                               : Result<>();
}

/// Removes what is in the directory behind `fd`, and closes that. It is the top itself without
/// another one.
Result<> remove_entries(UniqueFd fd, const std::string& name, Emptied* top, unsigned depth) {
  const std::unique_ptr<DIR, CloseListing> listing(::fdopendir(fd.get()));
  if (!listing) {
    return Error::sys("list", name);
  }
  Emptied own = {.directory = fd.release()};  // the listing has it now
  const int directory = own.directory;
  unsigned moved = 0;
  do {
    moved = own.moved;
    while (const dirent* entry = ::readdir(listing.get())) {
      const std::string_view child = entry->d_name;
      if (child != "." && child != "..") {
        TRY(remove_entry(directory, entry->d_name, top != nullptr ? *top : own, depth));
      }
    }
    ::rewinddir(listing.get());
  } while (own.moved != moved);
  return {};
}

}  // namespace

Result<> remove_tree(int directory, const std::string& name) {
  if (::unlinkat(directory, name.c_str(), 0) == 0 || errno == ENOENT) {
    return {};
  }
  if (errno != EISDIR) {
    return Error::sys("unlink", name);
  }
  TRY_ASSIGN(auto fd, openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  TRY(remove_entries(std::move(fd), name, nullptr, 0));
  if (::unlinkat(directory, name.c_str(), AT_REMOVEDIR) < 0) {
    return Error::sys("rmdir", name);
  }
  return {};
}

Result<> empty_directory(int directory) {
  TRY_ASSIGN(auto fd, openat(directory, ".", O_RDONLY | O_DIRECTORY));
  return remove_entries(std::move(fd), "directory", nullptr, 0);
}

}  // namespace warren::kernel
