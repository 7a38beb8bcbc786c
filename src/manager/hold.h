// What a container holds on the host as long as it runs, also over its reboots: its name, its
// ids, its tree, a directory for what lives as long as it does.
#pragma once

#include <string>

#include "base/result.h"
#include "plan/facts.h"
#include "spec/container.h"
#include "state/id_range.h"
#include "state/name_claim.h"
#include "state/paths.h"
#include "state/scratch.h"
#include "state/tree_use.h"

namespace warren::manager {

/// The container's ids, and what keeps others from taking them.
struct ClaimedIds {
  state::IdRangeClaim claim;
  plan::IdRange range;
};

struct Held {
  std::string empty_namespace;  ///< see launch/empty_namespace.h
  std::string bridge_lock;      ///< see network/links.h
  state::NameClaim name;
  state::Scratch scratch;
  state::TreeUse tree;
  ClaimedIds ids;
};

/// What Ethernet addresses are made of: this host's own, and told from another root's.
[[nodiscard]] std::string network_seed(const std::string& bridge_lock);

/// Takes back what killed holders of any name have left of the host's network: rules, names,
/// bridges.
void tidy_network(const state::Paths& paths);

/// What to do when another container has the machine's name.
enum class NameTaken {
  Fail,    ///< EBUSY
  Rename,  ///< take another one like it: nobody asked for this one
};

/// Takes all of it, and what a killed holder of the name left is taken back. Fills in
/// identity.hostname, and identity.machine with NameTaken::Rename.
[[nodiscard]] Result<Held> take_hold(spec::Container& container, const state::Paths& paths,
                                     NameTaken if_taken);

}  // namespace warren::manager
