#include "manager/running.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
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
  if (!leader || !kernel::is_running(entry.leader, entry.leader_start)) {
    return not_running(name);
  }
  return Running{.name = name, .leader = *std::move(leader), .entry = std::move(entry)};
}

Result<std::optional<Running>> find_if_running(const state::Paths& paths, const std::string& name) {
  auto running = find_running(paths, name);
  if (!running && running.error().code == ESRCH) {
    return std::optional<Running>();
  }
  return running ? Result<std::optional<Running>>(*std::move(running)) : std::move(running).error();
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

Error reason_of(const Running& running, Error error) {
  // What setns(2) and clone(2) say of namespaces and a cgroup whose process 1 is just ending.
  constexpr std::array kWhileItEnds = {ESRCH, ENOMEM, ENODEV};
  constexpr int kMoment = 1000;
  const bool may_end = std::ranges::find(kWhileItEnds, error.code) != kWhileItEnds.end();
  pollfd ended = {.fd = running.leader.get(), .events = POLLIN, .revents = 0};
  return ::poll(&ended, 1, may_end ? kMoment : 0) > 0 ? not_running(running.name)
                                                      : std::move(error);
}

Result<std::pair<uid_t, gid_t>> root_of(const Running& running) {
  std::array<std::uint32_t, 2> ids{};
  const std::array<const char*, 2> maps = {"/uid_map", "/gid_map"};
  for (std::size_t i = 0; i < ids.size(); ++i) {
    TRY_ASSIGN(const auto text, kernel::read_file(cat("/proc/", running.entry.leader, maps[i])));
    unsigned inside = 1;
    if (std::sscanf(text.c_str(), "%u %u", &inside, &ids[i]) != 2 || inside != 0) {
      return Error::because("read", maps[i], "the container's root has no number here");
    }
  }
  return std::pair<uid_t, gid_t>(ids[0], ids[1]);
}

Result<UniqueFd> open_root(const Running& running) {
  auto root = kernel::open(cat("/proc/", running.entry.leader, "/root"), O_PATH | O_DIRECTORY);
  if (!root && root.error().code == ENOENT) {  // it is gone, or just ending
    return not_running(running.name);
  }
  const auto start = kernel::start_time(running.entry.leader);
  if (!start || *start != running.entry.leader_start) {
    return not_running(running.name);
  }
  return root;
}

}  // namespace warren::manager
