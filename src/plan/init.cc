#include "plan/init.h"

#include <csignal>

namespace warren::plan {

using Start = spec::Process::Start;

Readiness plan_readiness(const spec::Process& process, InitKind init) {
  if (process.ready_fifo) {
    return Readiness::Written;
  }
  const bool says_so =
      process.ready_as_init && process.start == Start::Boot && init == InitKind::Systemd;
  return process.notify_ready || says_so ? Readiness::Notified : Readiness::Executed;
}

std::optional<int> plan_stop_signal(const spec::Process& process, InitKind init) {
  if (process.kill_signal || process.start != Start::Boot) {
    return process.kill_signal;
  }
  // BusyBox knows no real-time signals: it halts on SIGUSR1, powers off on SIGUSR2 and reboots on
  // SIGTERM (its init/init.c).
  return init == InitKind::Busybox ? SIGUSR2 : SIGRTMIN + 3;
}

}  // namespace warren::plan
