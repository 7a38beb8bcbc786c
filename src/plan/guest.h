// A program that is run in a container that runs already: what `warren run` and the like plan.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "plan/facts.h"
#include "plan/plan.h"

namespace warren::plan {

struct GuestRequest {
  std::vector<std::string> arguments;  ///< empty: the user's login shell
  std::string working_directory;       ///< absolute; empty: the home of a login shell, else /
  std::vector<std::pair<std::string, std::string>> environment;  ///< on top of process 1's
  std::string term;  ///< $TERM when there is a terminal; empty leaves it out
};

/// What to execute for `user` where process 1 has `environment`. What process 1 has for itself
/// alone (its readiness socket, its passed descriptors) is left out. The rights are the caller's
/// to fill in.
[[nodiscard]] ProcessPlan plan_guest(const GuestRequest& request, const User& user,
                                     const std::vector<std::string>& environment);

}  // namespace warren::plan
