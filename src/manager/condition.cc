#include "manager/condition.h"

#include <dirent.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/process.h"
#include "state/cgroup.h"
#include "state/freezer.h"

namespace warren::manager {
namespace {

constexpr auto kStates = std::to_array<const char*>(
    {"stopped", "starting", "running", "stopping", "restarting", "failed", "paused"});

State state_of(state::Phase phase) {
  switch (phase) {
    case state::Phase::Starting:
      return State::Starting;
    case state::Phase::Running:
      return State::Running;
    case state::Phase::Stopping:
      return State::Stopping;
    case state::Phase::Restarting:
      return State::Restarting;
  }
  return State::Failed;
}

template <typename Parsed>
std::optional<Parsed> read(const std::string& path, Result<Parsed> (*parse)(std::string_view)) {
  const auto text = kernel::read_file(path);
  auto parsed = text ? parse(*text) : Result<Parsed>(text.error());
  return parsed ? std::optional(*std::move(parsed)) : std::nullopt;
}

bool is_paused(const state::Paths& paths, const std::string& name) {
  const auto cgroup = state::open_cgroup(state::cgroup_of(paths, name));
  return cgroup && state::is_frozen(cgroup->get());
}

/// With the generation that it was brought to live.
void take_adopted(const std::string& run_directory, state::Record& record) {
  const auto adopted = read(cat(run_directory, "/", state::kAdoptedFile), state::parse_adopted);
  if (adopted && adopted->monitor == record.monitor &&
      adopted->monitor_start == record.monitor_start) {
    record.generation = adopted->generation;
  }
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

}  // namespace

const char* name_of(State state) { return kStates[static_cast<std::size_t>(state)]; }

std::string directory_of(const state::Paths& paths, const std::string& name) {
  return cat(paths.state, "/containers/", name);
}

Condition read_state(const state::Paths& paths, const std::string& name) {
  Condition condition;
  const std::string run_directory = cat(paths.run, "/", name);
  condition.record = read(cat(run_directory, "/", state::kRecordFile), state::parse_record);
  condition.last = read(cat(directory_of(paths, name), "/", state::kLastFile), state::parse_ending);
  if (condition.record) {
    take_adopted(run_directory, *condition.record);
    if (kernel::is_running(condition.record->monitor, condition.record->monitor_start)) {
      condition.state = state_of(condition.record->phase);
      if (condition.state == State::Running && is_paused(paths, name)) {
        condition.state = State::Paused;
      }
    } else {
      condition.state = State::Failed;
      condition.reason = "its monitor was killed";
    }
  } else if (condition.last && condition.last->failed) {
    condition.state = State::Failed;
    condition.reason = condition.last->reason;
  }
  return condition;
}

std::vector<std::string> read_warnings(const state::Paths& paths, const std::string& name) {
  const auto text =
      kernel::read_file(cat(paths.run, "/", name, "/", state::kWarningsFile)).value_or("");
  std::vector<std::string> warnings;
  for (const auto line : split(trim(text), '\n')) {
    if (!line.empty()) {
      warnings.emplace_back(line);
    }
  }
  return warnings;
}

bool has_monitor(const Condition& condition) {
  return condition.state != State::Stopped && condition.state != State::Failed;
}

Result<std::vector<std::string>> container_names(const state::Paths& paths) {
  const std::string path = cat(paths.state, "/containers");
  const std::unique_ptr<DIR, CloseDirectory> listing(::opendir(path.c_str()));
  std::vector<std::string> names;
  if (!listing) {
    return errno == ENOENT ? Result<std::vector<std::string>>(names) : Error::sys("open", path);
  }
  while (const dirent* entry = ::readdir(listing.get())) {
    if (entry->d_name[0] != '.') {  // no container's name begins so, and what is being made does
      names.emplace_back(entry->d_name);
    }
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace warren::manager
