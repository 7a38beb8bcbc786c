#include "manager/hold.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/text.h"
#include "host/facts.h"
#include "image/facts.h"
#include "kernel/file.h"
#include "manager/published.h"
#include "network/links.h"

namespace warren::manager {
namespace {

using Mode = spec::Users::Mode;

Result<state::NameClaim> claim_name(std::string& machine, const state::Paths& paths,
                                    NameTaken if_taken) {
  auto claim = state::NameClaim::take(paths.run, machine);
  constexpr int kSmallNumbers = 9;
  constexpr int kMostOfOneName = 1000;
  const std::string stem = machine.substr(0, 52);
  // Small numbers are nice; beside many others the process id is free at the first try.
  for (int i = 2;
       if_taken == NameTaken::Rename && i < kMostOfOneName && !claim && claim.error().code == EBUSY;
       ++i) {
    machine = cat(stem, "-", i <= kSmallNumbers ? i : ::getpid() + i - kSmallNumbers - 1);
    claim = state::NameClaim::take(paths.run, machine);
  }
  if (!claim && claim.error().code == EBUSY) {
    return std::move(claim).error().advise("choose another name with --machine");
  }
  return claim;
}

/// The range that the owner of a tree belongs to; 0 for the host's own ids.
Result<std::uint32_t> range_of_owner(int tree, const std::string& directory) {
  TRY_ASSIGN(const auto status, kernel::fstat(tree, directory));
  constexpr std::uint32_t kLast = ~(state::kIdsPerContainer - 1);  // has no 65536 valid ids
  const std::uint32_t base = status.st_uid & kLast;
  const bool one_range = base == (status.st_gid & kLast);
  if (one_range && base != kLast) {
    return base;
  }
  return Error::because("user ids of", directory,
                        cat("it belongs to ", status.st_uid, ":", status.st_gid,
                            one_range ? ", which no container can have" : ", which is two ranges"))
      .advise("give it an owner, or choose ids with --private-users=pick or BASE");
}

Result<ClaimedIds> claim_ids(const spec::Container& container, const state::Paths& paths,
                             int tree) {
  const spec::Users& users = container.users;
  ClaimedIds ids;
  if (users.mode == Mode::None || users.mode == Mode::Identity) {
    return ids;
  }
  if (users.mode == Mode::Fixed) {
    TRY_ASSIGN(ids.claim, state::IdRangeClaim::share(paths.run, users.base, users.count));
    ids.range = {.base = users.base, .count = users.count};
    ids.range.tree_is_shifted = users.ownership == spec::Users::Ownership::Off;
    return ids;
  }
  auto owner = range_of_owner(tree, container.root.directory);
  const bool is_asked_for =
      users.mode == Mode::Owner || users.ownership == spec::Users::Ownership::Off;
  if (!owner && is_asked_for) {
    return std::move(owner).error();
  }
  const bool shifted = owner && *owner != 0;  // an owner of no range is mapped like any other
  if (is_asked_for || (shifted && users.ownership == spec::Users::Ownership::Auto)) {
    if (shifted) {
      TRY_ASSIGN(ids.claim, state::IdRangeClaim::share(paths.run, *owner, state::kIdsPerContainer));
    }
    ids.range = {.base = *owner, .count = state::kIdsPerContainer, .tree_is_shifted = true};
    return ids;
  }
  const std::uint32_t wanted = container.security.nesting ? state::kRangesForNesting : 1;
  TRY_ASSIGN(ids.claim, state::IdRangeClaim::pick(paths.run, container.identity.machine, wanted));
  ids.range = {.base = ids.claim.base(), .count = ids.claim.count()};
  return ids;
}

std::string bridge_lock_of(const state::Paths& paths) { return cat(paths.run, "/.bridges"); }

}  // namespace

std::string network_seed(const std::string& bridge_lock) {
  return cat(host::read_machine_id(), bridge_lock);
}

void tidy_network(const state::Paths& paths) {
  if (::geteuid() != 0) {
    return;  // who only looks
  }
  reap_published(paths);
  if (const std::string lock = bridge_lock_of(paths); ::access(lock.c_str(), F_OK) == 0) {
    network::remove_abandoned_bridges(lock, network_seed(lock));
  }
}

Result<Held> take_hold(spec::Container& container, const state::Paths& paths, NameTaken if_taken) {
  TRY_ASSIGN(auto fd, image::open_tree(container.root.directory));
  TRY_ASSIGN(auto name, claim_name(container.identity.machine, paths, if_taken));
  if (container.identity.hostname.empty()) {
    container.identity.hostname = name.name();
  }
  const std::string bridge_lock = bridge_lock_of(paths);
  if (name.was_left_behind()) {
    unpublish(name.name(), paths);
    tidy_network(paths);
  }
  TRY_ASSIGN(auto scratch, state::Scratch::take(paths.state, name.name()));
  TRY_ASSIGN(auto tree, state::TreeUse::share(paths.run, std::move(fd)));
  TRY_ASSIGN(auto ids, claim_ids(container, paths, tree.tree()));
  return Held{.empty_namespace = cat(paths.run, "/.launch/namespace"),
              .bridge_lock = bridge_lock,
              .name = std::move(name),
              .scratch = std::move(scratch),
              .tree = std::move(tree),
              .ids = std::move(ids)};
}

}  // namespace warren::manager
