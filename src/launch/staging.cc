#include "launch/staging.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/mount.h"

namespace warren::launch {

Result<> Staging::prepare() {
  if (!directory_) {
    TRY_ASSIGN(auto file_system, kernel::FileSystem::fsopen("tmpfs"));
    TRY_ASSIGN(auto mount, file_system.mount(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
    TRY(kernel::move_mount(mount.get(), AT_FDCWD, "/"));
    directory_ = std::move(mount);
  }
  return {};
}

Result<std::string> Staging::make_directory() {
  TRY(prepare());
  std::string name = cat("layer", count_++);
  TRY(kernel::ensure_directory(directory_.get(), name, 0755));
  return name;
}

Result<std::string> Staging::attach(int layer) {
  TRY_ASSIGN(auto name, make_directory());
  TRY(kernel::move_mount(layer, directory_.get(), name));
  return name;
}

Result<> Staging::enter() const {
  if (::fchdir(directory_.get()) < 0) {
    return Error::sys("fchdir");
  }
  return {};
}

}  // namespace warren::launch
