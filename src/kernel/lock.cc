#include "kernel/lock.h"

#include <sys/stat.h>

#include <cerrno>

#include "base/error.h"

namespace warren::kernel {

Result<> flock(int fd, int operation, std::string_view name) {
  while (::flock(fd, operation) < 0) {
    if (errno != EINTR) {
      return Error::sys("flock", name);
    }
  }
  return {};
}

bool is_still_at(int directory, const std::string& path, int fd, int flags) {
  struct stat named = {};
  struct stat held = {};
  return ::fstatat(directory, path.c_str(), &named, flags) == 0 && ::fstat(fd, &held) == 0 &&
         named.st_dev == held.st_dev && named.st_ino == held.st_ino;
}

}  // namespace warren::kernel
