// What an image's init understands.
#pragma once

#include <optional>

#include "plan/plan.h"

namespace warren::plan {

/// Where something inside writes that the container is ready (spec::Process::ready_fifo).
inline constexpr const char* kReadyFifo = "/run/host/ready";

[[nodiscard]] Readiness plan_readiness(const spec::Process& process, InitKind init);

/// The signal that makes process 1 power off.
[[nodiscard]] std::optional<int> plan_stop_signal(const spec::Process& process, InitKind init);

}  // namespace warren::plan
