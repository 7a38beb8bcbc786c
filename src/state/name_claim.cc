#include "state/name_claim.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"

namespace warren::state {
namespace {

/// Whether `fd` is still what `path` names: a holder that ended may have removed it meanwhile.
bool is_still_at(int fd, const std::string& path) {
  struct stat held = {};
  struct stat named = {};
  return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

}  // namespace

Result<NameClaim> NameClaim::take(const std::string& run_directory, const std::string& name) {
  const std::string path = cat(run_directory, "/", name);
  while (true) {
    bool made = ::mkdir(path.c_str(), 0755) == 0;
    if (!made && errno == ENOENT) {
      TRY(kernel::make_path(run_directory, 0755));
      made = ::mkdir(path.c_str(), 0755) == 0;
    }
    if (!made && errno != EEXIST) {
      return Error::sys("mkdir", path);
    }
    UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) {
      if (errno == ENOENT) {
        continue;
      }
      return Error::sys("open", path);
    }
    if (::flock(directory.get(), LOCK_EX | LOCK_NB) < 0) {
      return errno == EWOULDBLOCK ? Error{.code = EBUSY,
                                          .operation = {},
                                          .subject = name,
                                          .reason = "a container of this name is running"}
                                  : Error::sys("flock", path);
    }
    if (is_still_at(directory.get(), path)) {
      return NameClaim(std::move(directory), path, name, !made);
    }
  }
}

bool NameClaim::is_held(const std::string& run_directory, const std::string& name) {
  const auto directory = kernel::open(cat(run_directory, "/", name), O_RDONLY | O_DIRECTORY);
  return directory && ::flock(directory->get(), LOCK_SH | LOCK_NB) < 0;
}

NameClaim::~NameClaim() {
  if (directory_) {
    ::unlinkat(directory_.get(), "leader", 0);
    ::unlinkat(directory_.get(), "entry", 0);
    if (::rmdir(path_.c_str()) < 0) {  // more is in it: a holder was killed while it wrote
      (void)kernel::remove_tree(AT_FDCWD, path_);
    }
  }
}

Result<> NameClaim::write(const std::string& file, const std::string& content, mode_t mode) {
  return kernel::update_file(directory_.get(), file, content, mode);
}

std::string NameClaim::read(const std::string& file) const {
  return kernel::read_file(directory_.get(), file).value_or("");
}

}  // namespace warren::state
