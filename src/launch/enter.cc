// Runs in: the process that asked for it, which waits for the program. See launch.cc for process 1.
#include "launch/enter.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "kernel/socket.h"
#include "launch/keyring.h"
#include "launch/prepared_child.h"

namespace warren::launch {
namespace {

/// Takes on what process 1 may use, as far as this host lets it: the child inherits it.
void take_on_limits(pid_t leader) {
  for (int resource = 0; resource < RLIM_NLIMITS; ++resource) {
    rlimit limit = {};
    if (::prlimit(leader, static_cast<__rlimit_resource>(resource), nullptr, &limit) == 0) {
      (void)::setrlimit(static_cast<__rlimit_resource>(resource), &limit);  // as far as it goes
    }
  }
  cpu_set_t processors;
  if (::sched_getaffinity(leader, sizeof processors, &processors) == 0) {
    (void)::sched_setaffinity(0, sizeof processors, &processors);  // some may be gone
  }
  if (const auto score = kernel::read_file(cat("/proc/", leader, "/oom_score_adj"))) {
    (void)kernel::write_existing(AT_FDCWD, "/proc/self/oom_score_adj", trim(*score));
  }
}

Result<kernel::Child> clone_into(const Door& door, const ChildPlan& plan) {
  TRY_ASSIGN(const auto own, kernel::open("/proc/self/ns/pid", O_RDONLY));
  TRY(kernel::setns(door.leader, CLONE_NEWPID, "the container's pid namespace"));
  auto child = kernel::clone3(0, door.cgroup, guest_main, &plan);
  TRY(kernel::setns(own.get(), CLONE_NEWPID, "warren's pid namespace"));
  return child;
}

}  // namespace

Result<kernel::Child> enter(const plan::ProcessPlan& process, const Door& door) {
  take_on_limits(door.leader_pid);
  join_fresh_keyring();
  TRY_ASSIGN(auto link, kernel::socket_pair());
  PreparedChild prepared(process, link);
  ChildPlan& plan = prepared.plan();
  plan.user_namespace = door.user_namespace;
  plan.leader = door.leader;
  plan.namespaces = CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP |
                    (kernel::share_namespace(0, door.leader_pid, "net") ? 0 : CLONE_NEWNET) |
                    (door.user_namespace ? CLONE_NEWUSER : 0);
  plan.terminal = door.terminal;
  plan.take_terminal = door.terminal >= 0;
  TRY_ASSIGN(auto child, clone_into(door, plan));
  link.second.reset();
  if (auto started = await_program(link.first.get(), process); !started) {
    (void)kernel::wait_for_exit(child.pid_fd.get());
    return std::move(started).error();
  }
  return child;
}

}  // namespace warren::launch
