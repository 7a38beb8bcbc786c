// What a declaration says about the inside of a container, as files for its tree.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "plan/accounts.h"
#include "plan/facts.h"
#include "spec/container.h"
#include "spec/declaration.h"

namespace warren::plan {

/// What the tree has already, as text; empty for what it does not have.
struct TreeTexts {
  Accounts accounts;        ///< as they are now
  Accounts image_accounts;  ///< as the image has them, without what happened since
  std::string inittab;
  std::string hosts;
  InitKind init = InitKind::Other;
};

/// The files to put into the tree, parents before what is in them. `sources` are the contents of
/// the declared files that have a source, in their order.
/// Fails when an owner or a group is nowhere, or services are declared for an init that warren
/// does not know.
[[nodiscard]] Result<std::vector<spec::File>> declared_contents(
    const spec::Declaration& declaration, const TreeTexts& present,
    const std::vector<std::string>& sources);

}  // namespace warren::plan
