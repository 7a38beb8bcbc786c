// Containers on one bridge of the host's find each other by name: in /etc/hosts inside.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "manager/publication.h"
#include "state/paths.h"

namespace warren::manager {

/// What others are told of a container, by a file of the directory of its name: a line a bridge,
/// `BRIDGE ADDRESS`. Empty for one that is on no bridge.
[[nodiscard]] std::string told_of(const Publication& publication);

/// `hosts` of hosts(5) with the names of those that are on a bridge with container `name`, whose
/// files say so, and of no other one.
[[nodiscard]] std::string with_neighbours(const std::string& hosts, const std::string& name,
                                          const state::Paths& paths);

/// The names of the containers that are on a bridge with container `name`.
[[nodiscard]] std::vector<std::string> neighbours_of(const std::string& name,
                                                     const state::Paths& paths);

/// Writes what is so into the files of those of them that run. One that cannot be written goes
/// without.
void tell_neighbours(const std::vector<std::string>& names, const state::Paths& paths);

/// The file below the directory of a name.
inline constexpr const char* kPublishedFile = "published";

}  // namespace warren::manager
