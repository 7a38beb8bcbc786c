#include "network/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "kernel/file.h"

namespace warren::network {

Result<UniqueFd> lock_directory(const std::string& path) {
  TRY(kernel::make_path(path, 0755));
  TRY_ASSIGN(auto directory, kernel::open(path, O_RDONLY | O_DIRECTORY));
  while (::flock(directory.get(), LOCK_EX) < 0) {
    if (errno != EINTR) {
      return Error::sys("flock", path);
    }
  }
  return directory;
}

}  // namespace warren::network
