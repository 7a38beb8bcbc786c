// Whether the host hands packets on from one interface to another: ip_forward and its like.
#pragma once

#include <functional>

#include "base/result.h"
#include "plan/packet_filter.h"

namespace warren::network {

/// The file that says what is to be taken back.
inline constexpr const char* kForwardingRecord = ".forwarding";

/// Turns on what is off of `families`, and notes in the record in `directory` what that changes.
/// What the host learns from routers of IPv6 it goes on learning, which the kernel would stop.
/// Whoever calls it, or restore_forwarding(), keeps everybody else from doing so.
[[nodiscard]] Result<> enable_forwarding(plan::Families families, int directory);

/// Makes it as it was before what is in the record, which goes: but for what somebody has changed
/// since, and not at all where somebody needs it, which is only asked where there is a record.
void restore_forwarding(int directory, const std::function<bool()>& somebody_needs_it);

}  // namespace warren::network
