#include "launch/build_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/namespace.h"

namespace warren::launch {

Result<BuildNamespace> BuildNamespace::enter() {
  TRY_ASSIGN(auto home, kernel::open("/proc/self/ns/mnt", O_RDONLY));
  TRY_ASSIGN(auto working_directory, kernel::open(".", O_PATH | O_DIRECTORY));
  TRY(kernel::unshare(CLONE_NEWNS));
  BuildNamespace entered(std::move(home), std::move(working_directory));
  TRY(kernel::mount_setattr(AT_FDCWD, "/", {.propagation = MS_PRIVATE, .recursive = true}));
  return entered;
}

BuildNamespace::~BuildNamespace() {
  if (!home_) {
    return;
  }
  if (!kernel::setns(home_.get(), CLONE_NEWNS, "warren's mount namespace") ||
      ::fchdir(working_directory_.get()) < 0) {
    // To go on in the container's tree with the host's rights would be worse than to end here.
    ::_exit(125);
  }
}

}  // namespace warren::launch
