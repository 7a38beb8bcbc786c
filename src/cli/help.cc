#include "cli/help.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/text.h"
#include "cli/main.h"
#include "cli/options.h"
#include "cli/spawn_options.h"

namespace warren::cli {
namespace {

/// What verbs are about; each verb is in one group, in the last if no other names it.
struct VerbGroup {
  std::string_view title;
  std::string_view names;  ///< with a blank around each
};

constexpr auto kGroups = std::to_array<VerbGroup>({
    {"declare", " check show apply up "},
    {"make", " create update rollback generations destroy "},
    {"run", " start stop restart reload terminate pause resume "},
    {"look", " list status logs show-ip show-host-key "},
    {"enter", " run exec shell login root-login copy-to copy-from "},
    {"more", ""},
});

const VerbGroup& group_of(std::string_view verb) {
  const auto* found = std::ranges::find_if(
      kGroups, [&](const VerbGroup& group) { return group.names.contains(cat(" ", verb, " ")); });
  return found == kGroups.end() ? kGroups.back() : *found;
}

/// A line a group: a screen has no room for more.
std::string verb_list() {
  std::string text;
  for (const auto& group : kGroups) {
    std::string line = cat("  ", group.title, std::string(9 - group.title.size(), ' '));
    for (const auto& verb : verbs()) {
      if (&group_of(verb.name) == &group) {
        line += cat(" ", verb.name);
      }
    }
    text += line + "\n";
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
      "Examples: warren create web --image busybox --start\n"
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
