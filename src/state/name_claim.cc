#include "state/name_claim.h"

#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/lock.h"

namespace warren::state {

Result<NameClaim> NameClaim::take(const std::string& run_directory, const std::string& name) {
  // Others find what is in it by name, but cannot open, and so lock, the directory.
  constexpr mode_t kMode = 0711;
  const std::string path = cat(run_directory, "/", name);
  while (true) {
    bool made = ::mkdir(path.c_str(), kMode) == 0;
    if (!made && errno == ENOENT) {
      TRY(kernel::make_path(run_directory, 0755));
      made = ::mkdir(path.c_str(), kMode) == 0;
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
    if (kernel::is_still_at(AT_FDCWD, path, directory.get())) {
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
