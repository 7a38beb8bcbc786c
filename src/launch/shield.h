// What keeps warren's own program from being overwritten by those it goes to.
#pragma once

#include <sys/types.h>

#include "base/result.h"

namespace warren::launch {

/// Goes on, executed anew, from a read-only mount that nobody else has, if root of the container of
/// `leader` could write to the file of this program. Through /proc/PID/exe it can be had inside, by
/// who makes the guest execute that again (CVE-2019-5736). Returns when there is no need.
[[nodiscard]] Result<> shield_program(pid_t leader);

}  // namespace warren::launch
