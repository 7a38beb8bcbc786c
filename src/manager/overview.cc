#include "manager/overview.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "base/text.h"
#include "image/listing.h"
#include "kernel/file.h"
#include "manager/container_directory.h"
#include "manager/running.h"
#include "network/inside.h"

namespace warren::manager {
namespace {

Listing read_listing(const state::Paths& paths, const std::string& name) {
  const std::string current = cat(directory_of(paths, name), "/current");
  const auto target = kernel::readlinkat(AT_FDCWD, current);
  const auto text = kernel::read_file(current + "/listing");
  Listing listing = text ? parse_listing(*text) : Listing();
  if (target) {
    listing.generation = parse_number<unsigned>(target->substr(target->rfind('/') + 1)).value_or(0);
  }
  return listing;
}

/// The addresses of one that runs, as they are.
void show_network(Overview& overview) {
  if (overview.leader > 0) {
    if (auto addresses = network::read_addresses(overview.leader)) {
      overview.listing.addresses = *std::move(addresses);
    }
  }
}

Overview overview_of(const state::Paths& paths, const std::string& name) {
  Overview overview = {.name = name};
  overview.condition = read_state(paths, name);
  overview.listing = read_listing(paths, name);
  overview.leader = overview.condition.record ? overview.condition.record->leader : 0;
  if (overview.condition.state == State::Failed) {
    overview.leader = 0;
  }
  if (!overview.condition.record) {  // it may be one that warren spawn runs under this name
    if (const auto running = find_running(paths, name)) {
      overview.condition.state = is_paused(*running) ? State::Paused : State::Running;
      overview.leader = running->entry.leader;
    }
  }
  show_network(overview);
  return overview;
}

/// One that warren spawn runs, or is just starting or ending.
Result<Overview> spawned_overview(const state::Paths& paths, const std::string& name) {
  TRY_ASSIGN(const auto running, find_running(paths, name));
  Overview overview = {.name = name, .leader = running.entry.leader, .spawned = true};
  overview.condition.state = is_paused(running) ? State::Paused : State::Running;
  show_network(overview);
  return overview;
}

}  // namespace

Result<std::vector<Overview>> read_overviews(const state::Paths& paths) {
  remove_abandoned_containers(paths);
  std::vector<Overview> overviews;
  TRY_ASSIGN(const auto names, container_names(paths));
  overviews.reserve(names.size());
  for (const auto& name : names) {
    overviews.push_back(overview_of(paths, name));
  }
  const std::set<std::string> known(names.begin(), names.end());
  TRY_ASSIGN(const auto running, image::list_directory(paths.run));
  for (const auto& name : running) {
    if (name.starts_with('.') || known.contains(name)) {
      continue;
    }
    if (auto overview = spawned_overview(paths, name)) {
      overviews.push_back(*std::move(overview));
    }
  }
  std::ranges::sort(overviews, {}, &Overview::name);
  return overviews;
}

Result<Overview> read_overview(const state::Paths& paths, const std::string& name) {
  if (::access(directory_of(paths, name).c_str(), F_OK) == 0) {
    return overview_of(paths, name);
  }
  auto overview = spawned_overview(paths, name);
  return overview ? std::move(overview)
                  : Result<Overview>(Error{.code = ENOENT,
                                           .operation = {},
                                           .subject = name,
                                           .reason = "there is no such container",
                                           .context = {},
                                           .hint = "see warren list"});
}

}  // namespace warren::manager
