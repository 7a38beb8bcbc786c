#include "launch/build_namespace.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <chrono>
#include <string_view>
#include <utility>

#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/namespace.h"
#include "launch/empty_namespace.h"

namespace warren::launch {

Result<BuildNamespace> BuildNamespace::enter(const std::string& pin) {
  constexpr auto kSlow = std::chrono::microseconds(400);
  TRY_ASSIGN(auto home, kernel::open("/proc/self/ns/mnt", O_RDONLY));
  TRY_ASSIGN(auto working_directory, kernel::open(".", O_PATH | O_DIRECTORY));
  BuildNamespace entered(std::move(home), std::move(working_directory));
  (void)enter_empty_namespace(pin);  // without it, the host's is copied
  const auto before = std::chrono::steady_clock::now();
  TRY(kernel::unshare(CLONE_NEWNS));
  entered.was_slow_ = std::chrono::steady_clock::now() - before > kSlow;
  TRY(kernel::mount_setattr(AT_FDCWD, "/", {.propagation = MS_PRIVATE, .recursive = true}));
  TRY_ASSIGN(entered.own_, kernel::open("/proc/self/ns/mnt", O_RDONLY));
  return entered;
}

BuildNamespace::~BuildNamespace() { leave(); }

void BuildNamespace::leave() {
  if (!home_) {
    return;
  }
  if (!kernel::setns(home_.get(), CLONE_NEWNS, "warren's mount namespace") ||
      ::fchdir(working_directory_.get()) < 0) {
    // To go on in the container's tree with the host's rights would be worse than to end here.
    constexpr std::string_view kMessage = "warren: cannot leave the container's mount namespace\n";
    (void)!::write(STDERR_FILENO, kMessage.data(), kMessage.size());
    ::_exit(125);
  }
  home_.reset();
}

}  // namespace warren::launch
