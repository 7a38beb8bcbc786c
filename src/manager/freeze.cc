#include "manager/freeze.h"

#include "base/text.h"
#include "manager/condition.h"
#include "manager/running.h"
#include "state/cgroup.h"
#include "state/freezer.h"

namespace warren::manager {

Result<> pause(const state::Paths& paths, const std::string& name) {
  const State state = read_state(paths, name).state;
  if (state == State::Starting || state == State::Stopping || state == State::Restarting) {
    return Error::because("", name, cat("it is ", name_of(state))).advise("wait until it runs");
  }
  TRY_ASSIGN(const auto running, find_running(paths, name));
  TRY_ASSIGN(const auto cgroup, state::open_cgroup(running.entry.cgroup));
  return state::freeze(cgroup.get());
}

Result<> resume(const state::Paths& paths, const std::string& name) {
  TRY_ASSIGN(const auto running, find_running(paths, name));
  TRY_ASSIGN(const auto cgroup, state::open_cgroup(running.entry.cgroup));
  return state::thaw(cgroup.get());
}

}  // namespace warren::manager
