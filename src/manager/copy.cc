#include "manager/copy.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/namespace.h"

namespace warren::manager {
namespace {

constexpr int kDeepest = 128;  // levels of directories; each holds descriptors

struct Place {
  UniqueFd directory;
  std::string name;  ///< in it
};

/// Directory and last component of a path; an error for one that ends in none.
Result<std::pair<std::string, std::string>> split_path(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) {
    path.pop_back();
  }
  const auto slash = path.rfind('/');
  std::string name = slash == std::string::npos ? path : path.substr(slash + 1);
  if (name.empty() || name == "." || name == "..") {
    return Error::because("copy", path, "it has no name of its own");
  }
  std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  return std::pair(std::move(directory), std::move(name));
}

using Open = std::function<Result<UniqueFd>(const std::string& path, int flags)>;

/// `path` itself, or, when that is a directory, `name` in it.
Result<Place> find_target(const Open& open, const std::string& path, const std::string& name) {
  if (auto directory = open(path, O_RDONLY | O_DIRECTORY); directory && !name.empty()) {
    return Place{.directory = *std::move(directory), .name = name};
  }
  TRY_ASSIGN(auto parts, split_path(path));
  TRY_ASSIGN(auto directory, open(parts.first, O_RDONLY | O_DIRECTORY));
  return Place{.directory = std::move(directory), .name = std::move(parts.second)};
}

Result<> copy_bytes(int from, int to, const std::string& name) {
  std::array<char, 65536> buffer;
  while (true) {
    const auto length = ::read(from, buffer.data(), buffer.size());
    if (length < 0 && errno == EINTR) {
      continue;
    }
    if (length <= 0) {
      return length == 0 ? Result<>() : Error::sys("read", name);
    }
    TRY(kernel::write_all(to, {buffer.data(), static_cast<std::size_t>(length)}, name));
  }
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

class Copier {
 public:
  Copier(mode_t modes, const Skipped& skipped) : modes_(modes), skipped_(skipped) {}

  Result<> copy(int from, const std::string& name, const Place& to, int depth = 0) {
    TRY_ASSIGN(const auto source, kernel::openat(from, name, O_PATH | O_NOFOLLOW));
    TRY_ASSIGN(const auto status, kernel::fstat(source.get(), name));
    switch (status.st_mode & S_IFMT) {
      case S_IFREG:
        return copy_file(source.get(), status, to);
      case S_IFDIR:
        return copy_directory(source.get(), status, to, depth);
      case S_IFLNK:
        return copy_link(source.get(), status, to);
      default:
        skipped_(name);
        return {};
    }
  }

  /// Never written to what is there already: a new file takes its place.
  Result<> write_file(int from, const Place& to, mode_t mode, const timespec* times) const {
    const std::string temporary = cat(".warren-copy-", ::getpid());
    TRY_ASSIGN(const auto file, kernel::openat(to.directory.get(), temporary,
                                               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
    auto done = copy_bytes(from, file.get(), to.name);
    if (done && (::fchmod(file.get(), mode & modes_) < 0 ||
                 (times != nullptr && ::futimens(file.get(), times) < 0) ||
                 ::renameat(to.directory.get(), temporary.c_str(), to.directory.get(),
                            to.name.c_str()) < 0)) {
      done = Error::sys("write", to.name);
    }
    if (!done) {
      ::unlinkat(to.directory.get(), temporary.c_str(), 0);
    }
    return done;
  }

 private:
  Result<> copy_file(int source, const struct stat& status, const Place& to) const {
    TRY_ASSIGN(const auto file, kernel::open(cat("/proc/self/fd/", source), O_RDONLY));
    const std::array<timespec, 2> times = {status.st_atim, status.st_mtim};
    return write_file(file.get(), to, status.st_mode & 07777, times.data());
  }

  static Result<> copy_link(int source, const struct stat& status, const Place& to) {
    TRY_ASSIGN(const auto target, kernel::readlinkat(source, ""));
    const int directory = to.directory.get();
    const std::array<timespec, 2> times = {status.st_atim, status.st_mtim};
    if (::symlinkat(target.c_str(), directory, to.name.c_str()) < 0 &&
        (errno != EEXIST || ::unlinkat(directory, to.name.c_str(), 0) < 0 ||
         ::symlinkat(target.c_str(), directory, to.name.c_str()) < 0)) {
      return Error::sys("symlink", to.name);
    }
    if (::utimensat(directory, to.name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) < 0) {
      return Error::sys("utimensat", to.name);
    }
    return {};
  }

  Result<> copy_directory(int source, const struct stat& status, const Place& to, int depth) {
    if (depth == kDeepest) {
      return Error::because("copy", to.name, "directories are too deep");
    }
    const bool made = ::mkdirat(to.directory.get(), to.name.c_str(), 0700) == 0;
    if (!made && errno != EEXIST) {
      return Error::sys("mkdir", to.name);
    }
    Place inner;
    TRY_ASSIGN(inner.directory,
               kernel::openat(to.directory.get(), to.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
    TRY_ASSIGN(auto opened, kernel::openat(source, ".", O_RDONLY | O_DIRECTORY));
    const int number = opened.release();
    const std::unique_ptr<DIR, CloseDirectory> listing(::fdopendir(number));
    while (const dirent* entry = ::readdir(listing.get())) {
      inner.name = entry->d_name;
      if (inner.name != "." && inner.name != "..") {
        TRY(copy(number, inner.name, inner, depth + 1));
      }
    }
    const std::array<timespec, 2> times = {status.st_atim, status.st_mtim};
    if (made && (::fchmod(inner.directory.get(), status.st_mode & 07777 & modes_) < 0 ||
                 ::futimens(inner.directory.get(), times.data()) < 0)) {
      return Error::sys("chmod", to.name);
    }
    return {};
  }

  mode_t modes_;
  const Skipped& skipped_;
};

Result<UniqueFd> open_on_host(const std::string& path, int flags) {
  return kernel::open(path, flags);
}

}  // namespace

Result<> copy_to(const Running& running, const std::string& source, const std::string& target,
                 const Skipped& skipped) {
  TRY_ASSIGN(const auto owner, root_of(running));
  TRY_ASSIGN(const auto root, open_root(running));
  const Open open_inside = [&root](const std::string& path, int flags) {
    return kernel::open_in_root(root.get(), path, flags);
  };
  const bool is_stream = source == "-";
  std::pair<std::string, std::string> from;
  if (!is_stream) {
    TRY_ASSIGN(from, split_path(source));
  }
  TRY_ASSIGN(const auto place, find_target(open_inside, target, from.second));
  Copier copier(07777, skipped);
  const kernel::FileOwner files(owner.first, owner.second);
  if (is_stream) {
    return copier.write_file(STDIN_FILENO, place, 0644, nullptr);
  }
  TRY_ASSIGN(const auto directory, kernel::open(from.first, O_RDONLY | O_DIRECTORY));
  return copier.copy(directory.get(), from.second, place);
}

Result<> copy_from(const Running& running, const std::string& source, const std::string& target,
                   const Skipped& skipped) {
  TRY_ASSIGN(const auto root, open_root(running));
  if (target == "-") {
    TRY_ASSIGN(const auto file, kernel::open_regular_in_root(root.get(), source));
    return copy_bytes(file.get(), STDOUT_FILENO, source);
  }
  TRY_ASSIGN(const auto from, split_path(source));
  TRY_ASSIGN(const auto directory,
             kernel::open_in_root(root.get(), from.first, O_RDONLY | O_DIRECTORY));
  TRY_ASSIGN(const auto place, find_target(open_on_host, target, from.second));
  return Copier(01777, skipped).copy(directory.get(), from.second, place);
}

}  // namespace warren::manager
