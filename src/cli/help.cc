#include "cli/help.h"

#include <algorithm>

#include "base/text.h"
#include "cli/main.h"
#include "cli/options.h"
#include "cli/spawn_options.h"

namespace warren::cli {
namespace {

std::string verb_list() {
  std::size_t widest = 0;
  for (const auto& verb : verbs()) {
    widest = std::max(widest, verb.name.size());
  }
  std::string text;
  for (const auto& verb : verbs()) {
    text +=
        cat("  ", verb.name, std::string(widest + 2 - verb.name.size(), ' '), verb.summary, "\n");
  }
  return text;
}

}  // namespace

std::string main_help() {
  return cat(
      "Usage: warren [OPTION…] VERB …\n"
      "\n"
      "Runs Linux system containers: whole systems, or single programs, in root trees.\n"
      "\n"
      "Verbs:\n",
      verb_list(),
      "\n"
      "Options:\n",
      option_help(main_options()),
      "\n"
      "Examples: warren spawn -D /srv/debian apt-get update\n"
      "          warren spawn -bD /srv/debian\n"
      "\n"
      "See warren help VERB, and warren(1).\n");
}

std::string spawn_help() {
  return cat(
      "Usage: warren spawn [OPTION…] [COMMAND [ARG…]]\n"
      "\n"
      "Runs a command, a login shell, or with -b a whole system in a root tree. The\n"
      "options are those of systemd-nspawn(1); warren-spawn(1) explains them.\n"
      "\n"
      "Examples: warren spawn -D /srv/debian apt-get update\n"
      "          warren spawn -xbD /srv/debian --bind-ro=/home/alice/www:/srv/www\n"
      "\n",
      option_help(shapes(spawn_options())));
}

}  // namespace warren::cli
