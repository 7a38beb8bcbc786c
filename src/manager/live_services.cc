#include "manager/live_services.h"

#include <csignal>

#include "image/facts.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "launch/put_file.h"
#include "manager/contents.h"
#include "manager/running.h"
#include "plan/services.h"

namespace warren::manager {
namespace {

/// SIGHUP: BusyBox's init reads inittab again and starts what is new in it; systemd reads its units
/// again, and does not start what a target newly wants. SIGRTMIN: it starts the default target,
/// which is there, with what it wants (systemd(1), SIGNALS).
Result<> tell_init(const Running& running, plan::InitKind kind) {
  TRY(kernel::send_signal(running.leader.get(), SIGHUP));
  return kind == plan::InitKind::Systemd ? kernel::send_signal(running.leader.get(), SIGRTMIN)
                                         : Result<>();
}

}  // namespace

Result<> start_new(const LiveChange& change) {
  TRY_ASSIGN(const auto running, find_if_running(change.paths, change.name));
  if (!running) {
    return {};
  }
  TRY_ASSIGN(const auto root, open_root(*running));
  TRY_ASSIGN(const auto owner, root_of(*running));
  spec::Container container;
  container.process.start = spec::Process::Start::Boot;
  TRY_ASSIGN(const auto facts, image::read_facts(container, root.get(), {}));
  TRY_ASSIGN(const auto inittab, read_inside(root.get(), "/etc/inittab"));
  {
    const kernel::FileOwner as_root(owner.first, owner.second);
    for (const auto& file : plan::service_files(change.to.services, facts.init_kind, inittab)) {
      TRY(launch::put_file(root.get(), file, owner.first));
    }
  }
  return tell_init(*running, facts.init_kind);
}

}  // namespace warren::manager
