// What the verbs of the life of containers have in common.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace warren::cli {

/// Writes `text` to standard output; the exit status.
[[nodiscard]] Result<int> print(std::string_view text);

/// The exit status, with the error reported.
[[nodiscard]] int finish(Result<int> status);

/// Fails for what cannot be the name of a container.
[[nodiscard]] Result<> check_name(const std::string& name);

/// The single name among `words`; fails when there is none or more.
[[nodiscard]] Result<std::string> only_name(const std::vector<std::string>& words);

/// A name at least, each of which may be one.
[[nodiscard]] Result<> check_names(const std::vector<std::string>& words);

}  // namespace warren::cli
