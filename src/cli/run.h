// Verbs that run a program in a running container: run (exec), shell, login, root-login.
#pragma once

#include <string>
#include <vector>

#include "state/paths.h"

namespace warren::cli {

enum class Guest {
  Command,    ///< run NAME [--] COMMAND…: as root unless told otherwise
  Shell,      ///< shell [USER@]NAME [COMMAND…]: the user's login shell
  Login,      ///< login NAME: the image's login(1), which asks who it is
  RootLogin,  ///< root-login NAME: root's login shell
};

/// Returns the program's exit status, 128+N when signal N ended it, and warren's own as ever.
int run_guest(const std::vector<std::string>& arguments, const state::Paths& paths, Guest kind);

/// The verb's options, with an example.
[[nodiscard]] std::string guest_help(Guest kind);

}  // namespace warren::cli
