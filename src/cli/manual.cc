#include "cli/manual.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"
#include "cli/main.h"
#include "cli/spawn_options.h"

namespace warren::cli {
namespace {

constexpr const char* kMadeBy =
    ".\\\" Made from the tables of the command line: WARREN_ACCEPT=1 unit_tests\n";

/// `text` so that troff(1) prints it as it is.
std::string plain(std::string_view text) {
  constexpr std::string_view kEllipsis = "…";
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text.substr(i).starts_with(kEllipsis)) {
      out += "...";
      i += kEllipsis.size();
      continue;
    }
    const char letter = text[i++];
    out += letter == '-' ? "\\-" : letter == '\\' ? "\\e" : std::string(1, letter);
  }
  return out;
}

/// The same with the options in it, words that start with --, in bold.
std::string prose(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto at = std::min(text.find("--"), text.size());
    out += plain(text.substr(0, at));
    text.remove_prefix(at);
    const auto* const end = std::ranges::find_if(text, [](unsigned char letter) {
      return letter != '-' && std::islower(letter) == 0 && std::isdigit(letter) == 0;
    });
    const auto length = static_cast<std::size_t>(end - text.begin());
    if (length != 0) {
      out += cat("\\fB", plain(text.substr(0, length)), "\\fR");
      text.remove_prefix(length);
    }
  }
  return out;
}

std::string paragraphs(std::string_view text) {
  std::string out;
  for (const auto one : split(text, '\n')) {
    out += cat(out.empty() ? "" : ".IP\n", prose(one), "\n");
  }
  return out;
}

/// `-M, --machine=NAME`, the value in italics.
std::string heading(const OptionShape& option) {
  const bool has_name = *option.name != '\0';
  std::string out;
  if (option.letter != 0) {
    out += cat("\\fB\\-", option.letter, "\\fR", has_name ? ", " : "");
  }
  if (has_name) {
    out += cat("\\fB", plain(cat("--", option.name)), "\\fR");
  }
  const std::string value = cat("\\fI", plain(option.value), "\\fR");
  switch (option.takes) {
    case Takes::Nothing:
      return out;
    case Takes::MaybeValue:
      return cat(out, "[=", value, "]");
    case Takes::Value:
      break;
  }
  return cat(out, "=", *option.value != '\0' ? value : "...");
}

std::string_view text_of(const OptionShape& option, std::span<const OptionText> texts) {
  const std::string name = *option.name != '\0' ? option.name : cat("-", option.letter);
  const auto at = std::ranges::find(texts, name, &OptionText::name);
  return at != texts.end() ? at->text : std::string_view();
}

std::string option_list(std::span<const OptionShape> table, std::span<const OptionText> texts) {
  std::string out;
  for (const auto& option : table) {
    out += option.name == nullptr
               ? cat(".SS ", plain(option.help), "\n")
               : cat(".TP\n", heading(option), "\n", paragraphs(text_of(option, texts)));
  }
  return out;
}

constexpr auto kMainTexts = std::to_array<OptionText>({
    {"root",
     "Keeps what warren writes on the host, in /run/warren and /var/lib/warren, below DIR instead: "
     "for tests and experiments. An absolute path. $WARREN_ROOT says the same."},
    {"help", "Shows the verbs and these options, and exits."},
    {"version", "Shows the version, and exits."},
});

constexpr const char* kExitStatus =
    ".SH EXIT STATUS\n"
    "The status of the container's first program; 128 + N when signal N killed it.\n"
    "0 when the container powered itself off.\n"
    ".TP\n125\nwarren itself failed: one line on standard error says why.\n"
    ".TP\n126\nThe program was found and cannot be executed.\n"
    ".TP\n127\nThere is no such program inside.\n"
    ".TP\n133\nWith \\fB\\-\\-keep\\-unit\\fR: the container rebooted.\n";

constexpr const char* kSpawnIntroduction =
    ".SH DESCRIPTION\n"
    "Runs a command, a login shell (without a command), or with \\fB\\-b\\fR a whole system in a\n"
    "root tree, in namespaces of its own, in the foreground. It ends when the first program\n"
    "inside ends. Only root can start containers.\n"
    ".PP\n"
    "Options have the names and meanings of\n"
    ".BR systemd\\-nspawn (1).\n"
    "Where \\fBwarren\\fR is called\n"
    ".BR systemd\\-nspawn ,\n"
    "through a symbolic link, it takes these options without the verb.\n"
    ".SH OPTIONS\n"
    "A long option may be cut short as long as it is the only one that starts so. Options end at\n"
    "the first argument that is none, or at \\fB\\-\\-\\fR.\n";

constexpr const char* kSpawnNotes =
    ".SH NOTES\n"
    "A terminal is put back as it was found, unless warren is ended by SIGKILL: then it stays\n"
    "raw, and\n"
    ".BR reset (1),\n"
    "typed blindly, mends it.\n"
    ".PP\n"
    "Inside, a fresh /proc cannot be mounted in a new user and pid namespace, as\n"
    ".B unshare \\-Urmpf \\-\\-mount\\-proc\n"
    "does: it would show what is hidden in the container's own. Without\n"
    ".B \\-\\-mount\\-proc\n"
    "that works, and with\n"
    ".B \\-\\-nesting\n"
    "all of it.\n";

constexpr const char* kSpawnEnd =
    ".SH EXAMPLES\n"
    ".TP\nA command, changes kept:\n"
    "\\fBwarren spawn \\-D /srv/debian apt\\-get update\\fR\n"
    ".TP\nA system whose changes are thrown away, with a directory of the host, read-only:\n"
    "\\fBwarren spawn \\-xbD /srv/debian \\-\\-bind\\-ro=/home/alice/www:/srv/www\\fR\n"
    ".TP\nA program with no network, as a user, in a pipe:\n"
    "\\fBwarren spawn \\-D /srv/tools \\-\\-private\\-network \\-u nobody sort < in > out\\fR\n"
    ".SH FILES\n"
    ".TP\n/run/warren/NAME/leader\nThe process id of a running container's process 1.\n"
    ".TP\n/var/lib/warren/ephemeral/NAME\nThe changes of an ephemeral container, and temporary "
    "directories.\n"
    ".SH SEE ALSO\n"
    ".BR warren (1),\n.BR systemd\\-nspawn (1),\n.BR capabilities (7),\n"
    ".BR user_namespaces (7)\n";

}  // namespace

std::string main_manual() {
  std::string list;
  for (const auto& verb : verbs()) {
    list += cat(".TP\n\\fB", verb.name, "\\fR ", plain(verb.usage), "\n", plain(verb.summary),
                verb.name == "spawn" ? "; see\n.BR warren\\-spawn (1)" : "", "\n");
  }
  return cat(kMadeBy,
             ".TH WARREN 1 \"\" warren\n"
             ".SH NAME\n"
             "warren \\- runs Linux system containers\n"
             ".SH SYNOPSIS\n"
             ".B warren\n[OPTION...] VERB ...\n"
             ".SH DESCRIPTION\n"
             "Runs whole systems, or single programs, in root trees. It needs no daemon, no\n"
             "D\\-Bus and no particular distribution: one executable, Linux 5.15 or newer, root.\n"
             ".SH VERBS\n",
             list, ".SH OPTIONS\n", option_list(main_options(), kMainTexts), kExitStatus,
             ".SH ENVIRONMENT\n"
             ".TP\n$WARREN_ROOT\nThe same as \\fB\\-\\-root\\fR.\n"
             ".SH SEE ALSO\n"
             ".BR warren\\-spawn (1)\n");
}

std::string spawn_manual() {
  return cat(kMadeBy,
             ".TH WARREN\\-SPAWN 1 \"\" warren\n"
             ".SH NAME\n"
             "warren\\-spawn \\- run a root tree in the foreground\n"
             ".SH SYNOPSIS\n"
             ".B warren spawn\n[OPTION...] [COMMAND [ARG...]]\n"
             ".br\n"
             ".B warren spawn \\-b\n[OPTION...] [ARG...]\n",
             kSpawnIntroduction, option_list(shapes(spawn_options()), spawn_option_texts()),
             kExitStatus, kSpawnNotes, kSpawnEnd);
}

}  // namespace warren::cli
