#include "manager/running.h"

#include <fcntl.h>

#include <cerrno>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "state/cgroup.h"
#include "state/freezer.h"

namespace warren::manager {
namespace {

Error not_running(const std::string& name) {
  return {.code = ESRCH, .operation = {}, .subject = name, .reason = "it is not running"};
}

}  // namespace

Result<Running> find_running(const state::Paths& paths, const std::string& name) {
  const auto text = kernel::read_file(cat(paths.run, "/", name, "/", state::kEntryFile));
  if (!text) {
    return text.error().code == ENOENT ? not_running(name) : text.error();
  }
  TRY_ASSIGN(auto entry, state::parse_entry(*text));
  auto leader = kernel::pidfd_open(entry.leader);
  // Looked at once it is held: another process may have got the number meanwhile.
  const auto start = kernel::start_time(entry.leader);
  if (!leader || !start || *start != entry.leader_start) {
    return not_running(name);
  }
  return Running{.name = name, .leader = *std::move(leader), .entry = std::move(entry)};
}

bool is_paused(const Running& running) {
  const auto cgroup = state::open_cgroup(running.entry.cgroup);
  return cgroup && state::is_frozen(cgroup->get());
}

Result<> check_awake(const Running& running) {
  return is_paused(running) ? Error::because("", running.name, "it is paused")
                                  .advise(cat("warren resume ", running.name))
                            : Result<>();
}

Result<UniqueFd> open_root(const Running& running) {
  TRY_ASSIGN(auto root,
             kernel::open(cat("/proc/", running.entry.leader, "/root"), O_PATH | O_DIRECTORY));
  const auto start = kernel::start_time(running.entry.leader);
  if (!start || *start != running.entry.leader_start) {
    return not_running(running.name);
  }
  return root;
}

}  // namespace warren::manager
