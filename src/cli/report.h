// How warren speaks to people, and the exit statuses that it uses.
#pragma once

#include <string_view>

#include "base/error.h"

namespace warren::cli {

inline constexpr int kExitFailed = 125;         ///< warren itself failed
inline constexpr int kExitNotExecutable = 126;  ///< the program was found and cannot be executed
inline constexpr int kExitNotFound = 127;       ///< there is no such program
inline constexpr int kExitReboot = 133;         ///< start me again (systemd's convention)

/// One line on standard error, with advice where the table of hints has some. Names in it may be
/// a container's: nothing in them acts on a terminal.
void report(Error error);
void say(std::string_view line);
/// The same for what is printable, and may have colours.
void say_as_it_is(std::string_view line);

/// The exit status that goes with a failure.
[[nodiscard]] int exit_status_of(const Error& error);

}  // namespace warren::cli
