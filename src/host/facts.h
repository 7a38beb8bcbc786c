// What this host is and offers, as far as plan/ must know it.
#pragma once

#include <string>

#include "base/result.h"
#include "plan/facts.h"
#include "spec/container.h"

namespace warren::host {

/// Fails when this kernel is too old (warren needs 5.15), when the caller is not root, or when
/// /proc is missing.
[[nodiscard]] Result<> check_host();

/// Gathers everything but the id range, the scratch directory and the network's seed, which the
/// caller has.
/// `descriptors` are the names of passed sockets.
[[nodiscard]] Result<plan::HostFacts> read_facts(const spec::Container& container);

/// What tells this host from others, as /etc/machine-id has it; may be empty.
[[nodiscard]] std::string read_machine_id();

/// The zone that /etc/localtime points to, such as "Europe/Berlin"; empty when it is no link
/// into a zoneinfo directory.
[[nodiscard]] std::string read_timezone();

/// 32 random hexadecimal digits that are a valid version 4 UUID.
[[nodiscard]] std::string random_uuid();

}  // namespace warren::host
