// The first program: what is executed, as whom, with which rights and limits.
#pragma once

#include "base/result.h"
#include "plan/plan.h"

namespace warren::plan {

/// Where to find the program of `arguments`, by the PATH of process.environment when it is a mere
/// name; the login shell of `user` when there are none. A working directory that is not set
/// becomes /, for a login shell the home.
void choose_command(ProcessPlan& process, const std::vector<std::string>& arguments,
                    const User& user);

/// Fails when the image has no init to boot, or the rules of the call filter name no call.
[[nodiscard]] Result<ProcessPlan> plan_process(const spec::Container& container,
                                               const HostFacts& host, const ImageFacts& image,
                                               const std::string& uuid);

}  // namespace warren::plan
