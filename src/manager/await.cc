#include "manager/await.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "kernel/watch.h"
#include "manager/running.h"

namespace warren::manager {
namespace {

/// Whether somebody has the claim to the name: see state/name_claim.h.
bool is_claimed(int run_directory) {
  return ::flock(run_directory, LOCK_SH | LOCK_NB) < 0 || ::flock(run_directory, LOCK_UN) < 0;
}

/// Whether there is something to wait for.
bool is_as_seen(const state::Paths& paths, const std::string& name, int run_directory,
                const Condition& seen) {
  const auto now = read_state(paths, name);
  if (now.record != seen.record || now.state != seen.state) {
    return false;
  }
  // Without a record: somebody begins, or ends, or it is warren spawn.
  return now.record ? has_monitor(now) : is_claimed(run_directory) && !find_running(paths, name);
}

}  // namespace

void wait_for_change(const state::Paths& paths, const std::string& name, const Condition& seen) {
  constexpr useconds_t kMoment = 20'000;  // where the host has no inotify left
  const auto directory = kernel::open(cat(paths.run, "/", name), O_RDONLY | O_DIRECTORY);
  if (!directory) {
    return;  // nobody has the name
  }
  const auto watch = kernel::watch_directory(directory->get());
  if (!is_as_seen(paths, name, directory->get(), seen)) {
    return;
  }
  const auto monitor =
      seen.record ? kernel::pidfd_open(seen.record->monitor) : Result<UniqueFd>(UniqueFd());
  if (!watch) {
    ::usleep(kMoment);
  } else if (monitor) {
    kernel::wait_for_news(watch->get(), monitor->get());
  }
}

}  // namespace warren::manager
