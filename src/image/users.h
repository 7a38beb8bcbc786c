// Users of a container, from the text of its own passwd(5) and group(5).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "plan/facts.h"

namespace warren::image {

/// root as every container has it, without looking.
[[nodiscard]] plan::User root_user();

/// The user whose name or number is `who`. A number that passwd(5) does not have is a user
/// without a name, whose group has the same number; root needs no entry either. Malformed lines are
/// skipped: the files are the container's.
[[nodiscard]] Result<plan::User> find_user(std::string_view who, std::string_view passwd,
                                           std::string_view group);

}  // namespace warren::image
