// Whether the host hands packets on from one interface to another: ip_forward and its like.
#pragma once

#include "base/result.h"
#include "plan/packet_filter.h"

namespace warren::network {

/// Turns on what is off of `families`. It stays on: nobody can know who has come to need it. What
/// the host learns from routers of IPv6 it goes on learning, which the kernel would stop.
[[nodiscard]] Result<> enable_forwarding(plan::Families families);

}  // namespace warren::network
