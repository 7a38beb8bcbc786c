#include "cli/at_once.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "cli/report.h"

namespace warren::cli {
namespace {

/// So many at once: a start takes a processor, an end mostly waits for the container.
std::size_t width() {
  cpu_set_t processors;
  CPU_ZERO(&processors);
  (void)::sched_getaffinity(0, sizeof processors, &processors);
  return std::max<std::size_t>(8, 2 * static_cast<std::size_t>(CPU_COUNT(&processors)));
}

}  // namespace

bool for_each_at_once(const std::vector<std::string>& names,
                      const std::function<int(const std::string&)>& act) {
  if (names.size() == 1) {
    return act(names.front()) == 0;
  }
  const std::size_t most = width();
  std::size_t running = 0;
  bool all_well = true;
  const auto reap = [&] {
    int status = 0;
    if (::wait(&status) > 0) {
      all_well = all_well && status == 0;
      --running;
    }
  };
  for (const auto& name : names) {
    if (running >= most) {
      reap();
    }
    const pid_t child = ::fork();
    if (child == 0) {
      ::_exit(act(name));
    }
    if (child < 0) {
      report(Error::sys("fork", name));
      all_well = false;
    } else {
      ++running;
    }
  }
  while (running > 0) {
    reap();
  }
  return all_well;
}

}  // namespace warren::cli
