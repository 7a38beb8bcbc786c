// The first program: what is executed, as whom, with which rights and limits.
#pragma once

#include "base/result.h"
#include "plan/plan.h"

namespace warren::plan {

/// Fails when the image has no init to boot, or the rules of the call filter name no call.
[[nodiscard]] Result<ProcessPlan> plan_process(const spec::Container& container,
                                               const HostFacts& host, const ImageFacts& image,
                                               const std::string& uuid);

}  // namespace warren::plan
