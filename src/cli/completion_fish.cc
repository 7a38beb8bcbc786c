#include <algorithm>
#include <array>

#include "base/text.h"
#include "cli/completion.h"
#include "cli/manual.h"
#include "cli/spawn_options.h"

namespace warren::cli {
namespace {

// What stands between @ and @ comes from the tables.
constexpr std::string_view kScript = R"sh(# fish completion for warren.
# Made from the tables of the command line: WARREN_ACCEPT=1 unit_tests

# The verb that is on the command line.
function __warren_verb
    for word in (commandline -opc)[2..-1]
        if contains -- $word @verbs@
            echo $word
            return 0
        end
    end
    return 1
end

function __warren_is
    contains -- (__warren_verb; or echo none) $argv
end

function __warren_names
    warren list 2>/dev/null | awk 'NR > 1 { print $1 }'
end

# Of the verb, from its help.
function __warren_options
    warren help (__warren_verb) 2>/dev/null | string match -gr -- '^ +(?:-. )?(--[a-z-]+=?)'
end

function __warren_wants_option
    __warren_verb >/dev/null; and not __warren_is spawn help
    and string match -q -- '-*' (commandline -ct)
end

function __warren_wants_setting
    __warren_is @with_settings@; or contains -- (commandline -opc)[-1] --set -s
end

complete -c warren -f
complete -c warren -n 'not __warren_verb >/dev/null' -l root -x -a '(__fish_complete_directories)'
complete -c warren -n 'not __warren_verb >/dev/null' -l version -d 'show the version'
complete -c warren -l help -s h -d 'show help'
@verb_lines@complete -c warren -n '__warren_is help' -a '@verbs@'
complete -c warren -n '__warren_is image' -a '@image@'
complete -c warren -n '__warren_is @with_names@' -a '(__warren_names)'
complete -c warren -n '__warren_is @with_files@' -F
complete -c warren -n __warren_wants_option -a '(__warren_options)'
complete -c warren -n __warren_wants_setting -a '@settings@'
@spawn_lines@complete -c warren -n '__warren_is spawn' -F
)sh";

/// `text` between single quotes.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char letter : text) {
    out += letter == '\'' || letter == '\\' ? cat("\\", letter) : std::string(1, letter);
  }
  return out + "'";
}

std::string verb_lines() {
  std::string lines;
  for (const auto& verb : verbs()) {
    lines += cat("complete -c warren -n 'not __warren_verb >/dev/null' -a ", verb.name, " -d ",
                 quoted(verb.summary), "\n");
  }
  return lines;
}

std::string spawn_lines() {
  std::string lines;
  for (const auto& option : shapes(spawn_options())) {
    if (option.name == nullptr) {
      continue;
    }
    const auto values = value_words(option);
    lines += cat("complete -c warren -n '__warren_is spawn'",
                 *option.name != '\0' ? cat(" -l ", option.name) : std::string(),
                 option.letter != 0 ? cat(" -s ", option.letter) : std::string(),
                 option.takes == Takes::Value ? " -r" : "",
                 values.empty() ? std::string() : cat(" -f -a ", quoted(values)),
                 option.takes == Takes::Value && values.empty() ? " -F" : "",
                 option.help != nullptr ? cat(" -d ", quoted(option.help)) : std::string(), "\n");
  }
  return lines;
}

}  // namespace

std::string fish_completion() {
  const auto texts = std::to_array<std::pair<std::string_view, std::string>>({
      {"verb_lines", verb_lines()},
      {"spawn_lines", spawn_lines()},
      {"settings", setting_words()},
      {"image", image_words()},
      {"with_files", verbs_that_take(Arguments::Files, " ")},
      {"with_settings", verbs_that_take(Arguments::Settings, " ")},
      {"with_names", verbs_that_take(Arguments::Names, " ")},
      {"verbs", all_verbs(" ")},
  });
  return fill_in(kScript, texts);
}

}  // namespace warren::cli
