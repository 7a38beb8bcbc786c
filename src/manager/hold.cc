#include "manager/hold.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/text.h"
#include "image/facts.h"

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

/// The owner of a tree whose files were shifted to a container's range, if it is one.
struct ShiftedTree {
  bool shifted = false;
  std::uint32_t base = 0;
};

Result<ShiftedTree> look_for_shift(int tree) {
  struct stat status = {};
  if (::fstat(tree, &status) < 0) {
    return Error::sys("stat", "the root tree");
  }
  const std::uint32_t base = status.st_uid & ~(state::kIdsPerContainer - 1);
  if (base != (status.st_gid & ~(state::kIdsPerContainer - 1))) {
    return Error::because("user ids", "", "user and group of the root tree are of two ranges");
  }
  return ShiftedTree{.shifted = base != 0, .base = base};
}

Result<ClaimedIds> claim_ids(const spec::Container& container, const state::Paths& paths,
                             int tree) {
  const spec::Users& users = container.users;
  ClaimedIds ids;
  if (users.mode == Mode::None || users.mode == Mode::Identity) {
    return ids;
  }
  if (users.mode == Mode::Fixed) {
    ids.range = {.base = users.base, .count = users.count};
    ids.range.tree_is_shifted = users.ownership == spec::Users::Ownership::Off;
    return ids;
  }
  TRY_ASSIGN(const auto shift, look_for_shift(tree));
  const bool use_shift = users.mode == Mode::Owner ||
                         users.ownership == spec::Users::Ownership::Off ||
                         (shift.shifted && users.ownership == spec::Users::Ownership::Auto);
  if (use_shift) {
    if (shift.shifted) {
      TRY_ASSIGN(ids.claim, state::IdRangeClaim::share(paths.run, shift.base));
    }
    ids.range = {.base = shift.base, .count = state::kIdsPerContainer, .tree_is_shifted = true};
    return ids;
  }
  TRY_ASSIGN(ids.claim, state::IdRangeClaim::pick(paths.run, container.identity.machine));
  ids.range = {.base = ids.claim.base(), .count = state::kIdsPerContainer};
  return ids;
}

}  // namespace

Result<Held> take_hold(spec::Container& container, const state::Paths& paths, NameTaken if_taken) {
  TRY_ASSIGN(auto fd, image::open_tree(container.root.directory));
  TRY_ASSIGN(auto name, claim_name(container.identity.machine, paths, if_taken));
  if (container.identity.hostname.empty()) {
    container.identity.hostname = name.name();
  }
  TRY_ASSIGN(auto scratch, state::Scratch::take(paths.state, name.name()));
  TRY_ASSIGN(auto tree, state::TreeUse::share(paths.run, std::move(fd)));
  TRY_ASSIGN(auto ids, claim_ids(container, paths, tree.tree()));
  return Held{.empty_namespace = cat(paths.run, "/.launch/namespace"),
              .name = std::move(name),
              .scratch = std::move(scratch),
              .tree = std::move(tree),
              .ids = std::move(ids)};
}

}  // namespace warren::manager
