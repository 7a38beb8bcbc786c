// `warren show-ip` and `warren show-host-key`: how to reach a container.
#pragma once

#include <string>
#include <vector>

#include "state/paths.h"

namespace warren::cli {

[[nodiscard]] int show_ip(const std::vector<std::string>& arguments, const state::Paths& paths);
[[nodiscard]] std::string show_ip_help();

[[nodiscard]] int show_host_key(const std::vector<std::string>& arguments,
                                const state::Paths& paths);
[[nodiscard]] std::string show_host_key_help();

}  // namespace warren::cli
