#include "cli/version.h"

#include "base/text.h"
#include "cli/options.h"
#include "cli/spawn_options.h"

namespace warren::cli {

std::string version_text(bool as_nspawn) {
  constexpr const char* kNspawnVersion = "257";  // whose options warren knows
  return as_nspawn ? cat("systemd ", kNspawnVersion, " (warren ", WARREN_VERSION, ")\n")
                   : cat("warren ", WARREN_VERSION, "\n");
}

std::string main_help() {
  return "Usage: warren [--root=DIR] VERB …\n"
         "\n"
         "Runs Linux system containers.\n"
         "\n"
         "  spawn [OPTION…] [COMMAND [ARG…]]  run a root tree in the foreground\n"
         "  image list|build|import|remove    the store of images\n"
         "  help [VERB]                       show this, or the help of a verb\n"
         "\n"
         "  --root=DIR   keep run-time files below DIR (also $WARREN_ROOT)\n"
         "  --version    show the version\n"
         "\n"
         "Example: warren spawn -D /srv/debian -b\n";
}

std::string spawn_help() {
  return cat(
      "Usage: warren spawn [OPTION…] [COMMAND [ARG…]]\n"
      "\n"
      "Runs a command, a login shell, or with -b a whole system in a root tree. The options are\n"
      "those of systemd-nspawn(1).\n"
      "\n"
      "Examples: warren spawn -D /srv/debian apt-get update\n"
      "          warren spawn -xbD /srv/debian --bind-ro=/home/alice/www:/srv/www\n"
      "\n",
      option_help(shapes(spawn_options())));
}

}  // namespace warren::cli
