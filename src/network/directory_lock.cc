#include "network/directory_lock.h"

#include <fcntl.h>

#include "kernel/file.h"
#include "kernel/lock.h"

namespace warren::network {

Result<UniqueFd> lock_directory(const std::string& path) {
  TRY(kernel::make_path(path, 0700));  // nobody else may take the lock
  TRY_ASSIGN(auto directory, kernel::open(path, O_RDONLY | O_DIRECTORY));
  TRY(kernel::flock(directory.get(), LOCK_EX, path));
  return directory;
}

}  // namespace warren::network
