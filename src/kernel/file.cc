#include "kernel/file.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <utility>

#include "base/text.h"
#include "base/undo.h"
#include "kernel/lock.h"

namespace warren::kernel {

Result<UniqueFd> open(const std::string& path, int flags, mode_t mode) {
  return openat(AT_FDCWD, path, flags, mode);
}

Result<UniqueFd> openat(int directory, const std::string& path, int flags, mode_t mode) {
  UniqueFd fd(::openat(directory, path.c_str(), flags | O_CLOEXEC, mode));
  if (!fd) {
    return Error::sys("open", path);
  }
  return fd;
}

Result<UniqueFd> open_in_root(int root, const std::string& path, int flags, mode_t mode) {
  open_how how = {};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.mode = mode;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  while (true) {
    UniqueFd fd(static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how)));
    if (fd) {
      return fd;
    }
    // EAGAIN: a rename raced with a ".." of the lookup, which says nothing about the path.
    if (errno != EAGAIN) {
      return Error::sys("open", path);
    }
  }
}

Result<UniqueFd> open_regular_in_root(int root, const std::string& path) {
  TRY_ASSIGN(const auto handle, open_in_root(root, path, O_PATH));
  TRY_ASSIGN(const auto status, fstat(handle.get(), path));
  if (!S_ISREG(status.st_mode)) {
    return Error::because("open", path, "it is not a regular file");
  }
  UniqueFd fd(::open(cat("/proc/self/fd/", handle.get()).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) {
    return Error::sys("open", path);
  }
  return fd;
}

Result<std::string> read_all(int fd, std::string_view name, std::size_t limit) {
  std::string content;
  std::array<char, 4096> buffer;
  while (true) {
    const auto length = ::read(fd, buffer.data(), buffer.size());
    if (length < 0) {
      if (errno == EINTR) {
        continue;
      }
      return Error::sys("read", name);
    }
    if (length == 0) {
      return content;
    }
    content.append(buffer.data(), static_cast<std::size_t>(length));
    if (content.size() > limit) {
      return Error::from_errno(EFBIG, "read", name);
    }
  }
}

Result<std::string> read_file(int directory, const std::string& path, std::size_t limit) {
  TRY_ASSIGN(const auto fd, openat(directory, path, O_RDONLY | O_NOCTTY));
  return read_all(fd.get(), path, limit);
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
  return read_file(AT_FDCWD, path, limit);
}

Result<> write_existing(int directory, const std::string& path, std::string_view content) {
  TRY_ASSIGN(const auto fd, openat(directory, path, O_WRONLY | O_NOCTTY));
  if (::write(fd.get(), content.data(), content.size()) < 0) {
    return Error::sys("write", path);
  }
  return {};
}

Result<> write_all(int fd, std::string_view content, std::string_view name) {
  while (!content.empty()) {
    const auto length = ::write(fd, content.data(), content.size());
    if (length < 0) {
      if (errno == EINTR) {
        continue;
      }
      return Error::sys("write", name);
    }
    content.remove_prefix(static_cast<std::size_t>(length));
  }
  return {};
}

Result<> write_new(int directory, const std::string& path, std::string_view content, mode_t mode) {
  TRY_ASSIGN(const auto fd,
             openat(directory, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode));
  return write_all(fd.get(), content, path);
}

namespace {

/// A new file, which is the caller's to rename as long as it is open: whoever locks it may remove
/// it. EAGAIN when it is another's for the moment.
Result<UniqueFd> take_temporary(int directory, const std::string& name, mode_t mode) {
  const auto is_ours = [&](const UniqueFd& fd) {
    return kernel::flock(fd.get(), LOCK_EX | LOCK_NB, name) &&
           is_still_at(directory, name, fd.get(), AT_SYMLINK_NOFOLLOW);
  };
  auto made = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode);
  if (made ? is_ours(*made) : made.error().code != EEXIST) {
    return made;
  }
  if (!made) {
    const auto found = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    if (found ? is_ours(*found) : found.error().code != ENOENT) {
      ::unlinkat(directory, name.c_str(), 0);  // a killed warren's
    }
  }
  return Error::from_errno(EAGAIN, "open", name);
}

}  // namespace

Result<> replace_file(int directory, const std::string& name, std::string_view content,
                      mode_t mode) {
  constexpr int kMostTimes = 1000;
  constexpr useconds_t kMoment = 1000;
  // Always the same one, so that what a killed warren left is found and goes.
  const std::string temporary = cat(".", name, ".warren");
  auto file = take_temporary(directory, temporary, mode);
  for (int tries = 1; !file && file.error().code == EAGAIN && tries < kMostTimes; ++tries) {
    ::usleep(kMoment);
    file = take_temporary(directory, temporary, mode);
  }
  if (!file) {
    return std::move(file).error();
  }
  auto done = write_all(file->get(), content, name);
  if (done && ::renameat(directory, temporary.c_str(), directory, name.c_str()) < 0) {
    done = Error::sys("rename", name);
  }
  if (!done) {
    ::unlinkat(directory, temporary.c_str(), 0);
  }
  return done;
}

Result<> update_file(int directory, const std::string& name, std::string_view content,
                     mode_t mode) {
  auto done = replace_file(directory, name, content, mode);
  if (done || done.error().code != ENOSPC) {
    return done;
  }
  const auto file = openat(directory, name, O_WRONLY | O_NOFOLLOW);
  // What is written over needs no room.
  if (!file || !write_all(file->get(), content, name) ||
      ::ftruncate(file->get(), static_cast<off_t>(content.size())) < 0) {
    return done;
  }
  return {};
}

Result<> ensure_directory(int directory, const std::string& path, mode_t mode) {
  if (::mkdirat(directory, path.c_str(), mode) == 0) {
    return {};
  }
  if (errno != EEXIST) {
    return Error::sys("mkdir", path);
  }
  TRY_ASSIGN(const auto status, fstatat(directory, path));
  if (!S_ISDIR(status.st_mode)) {
    return Error::from_errno(ENOTDIR, "mkdir", path);
  }
  return {};
}

Result<> make_path(const std::string& path, mode_t mode) {
  for (auto end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
    const auto parent = path.substr(0, end);
    if (::mkdir(parent.c_str(), mode) < 0 && errno != EEXIST) {
      return Error::sys("mkdir", parent);
    }
  }
  if (::mkdir(path.c_str(), mode) < 0 && errno != EEXIST) {
    return Error::sys("mkdir", path);
  }
  return {};
}

namespace {

struct CloseListing {
  void operator()(DIR* listing) const { ::closedir(listing); }
};

/// Calls `take` with the names in the directory behind `fd`, which it closes.
template <typename Take>
Result<> for_each_name(UniqueFd fd, const std::string& name, Take take) {
  const std::unique_ptr<DIR, CloseListing> listing(::fdopendir(fd.get()));
  if (!listing) {
    return Error::sys("list", name);
  }
  const int directory = fd.release();  // the listing has it now
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string_view child = entry->d_name;
    if (child != "." && child != "..") {
      TRY(take(directory, entry->d_name));
    }
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> list_names(const std::string& path) {
  TRY_ASSIGN(auto fd, open(path, O_RDONLY | O_DIRECTORY));
  std::vector<std::string> names;
  TRY(for_each_name(std::move(fd), path, [&](int, const char* child) -> Result<> {
    names.emplace_back(child);
    return {};
  }));
  std::ranges::sort(names);
  return names;
}

Result<std::uint64_t> mount_id(int fd, std::string_view name) {
  struct statx status = {};
  if (::statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_MNT_ID, &status) < 0) {
    return Error::sys("statx", name);
  }
  return status.stx_mnt_id;
}

Result<struct stat> fstat(int fd, std::string_view name) {
  struct stat status = {};
  if (::fstat(fd, &status) < 0) {
    return Error::sys("stat", name);
  }
  return status;
}

Result<struct stat> fstatat(int directory, const std::string& path) {
  struct stat status = {};
  if (::fstatat(directory, path.c_str(), &status, AT_SYMLINK_NOFOLLOW) < 0) {
    return Error::sys("stat", path);
  }
  return status;
}

Result<std::string> readlinkat(int directory, const std::string& path) {
  std::array<char, 4096> buffer;
  const auto length = ::readlinkat(directory, path.c_str(), buffer.data(), buffer.size());
  if (length < 0) {
    return Error::sys("readlink", path);
  }
  return std::string(buffer.data(), static_cast<std::size_t>(length));
}

std::string path_of(int fd) {
  auto path = readlinkat(AT_FDCWD, cat("/proc/self/fd/", fd));
  return path ? *path : cat("descriptor ", fd);
}

Result<UniqueFd> duplicate(int fd, int lowest) {
  UniqueFd copy(::fcntl(fd, F_DUPFD_CLOEXEC, lowest));
  if (!copy) {
    return Error::sys("fcntl", "F_DUPFD_CLOEXEC");
  }
  return copy;
}

}  // namespace warren::kernel
