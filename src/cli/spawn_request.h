// From the command line of `warren spawn` to a complete spec.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/spawn_options.h"

namespace warren::cli {

/// Reads the options, and the machine's .nspawn file, /etc and /run below `root`. What depends on
/// the caller (directory, terminal, environment) is looked up.
[[nodiscard]] Result<SpawnRequest> read_spawn_options(const std::vector<std::string>& arguments,
                                                      const std::string& root);

/// The answer to an option whose value is `help`: the values it takes, one a line. Empty when there
/// is no such option, or the command line is wrong.
[[nodiscard]] std::string value_listing(const std::vector<std::string>& arguments);

/// Fills in the defaults: which tree, which name, which console; and checks the whole.
/// Makes the tree when it is to be made from a template.
[[nodiscard]] Result<> complete(SpawnRequest& request);

/// Applies `flags`, options of `warren spawn`, to a declared container. Which tree it has, what it
/// is called and where its console goes is not theirs to say.
[[nodiscard]] Result<> apply_extra_flags(spec::Container& container,
                                         const std::vector<std::string>& flags);

}  // namespace warren::cli
