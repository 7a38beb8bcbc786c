#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/text.h"
#include "cli/main.h"
#include "cli/manual.h"
#include "cli/spawn_options.h"

namespace warren::cli {
namespace {

// What stands between @ and @ comes from the tables.
constexpr std::string_view kScript =
    R"sh(# bash completion for warren, and for systemd-nspawn where that is a name of warren.
# Made from the tables of the command line: WARREN_ACCEPT=1 unit_tests

_warren_values() {
  case $1 in
@values@  esac
}

# _warren_spawn WORD PREVIOUS: completions of a word of `warren spawn`
_warren_spawn() {
  local word=$1 previous=$2 values
  if [[ $word == = ]]; then
    word=
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  values=$(_warren_values "$previous")
  if [[ -n $values ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$values" -- "$word")
  elif [[ $word == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "@spawn@" -- "$word")
    [[ ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
    compopt -o filenames 2>/dev/null
  fi
}

_warren() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case ${COMP_WORDS[i]} in
      spawn) _warren_spawn "$word" "$previous"; return ;;
      help) mapfile -t COMPREPLY < <(compgen -W "@verbs@" -- "$word"); return ;;
    esac
  done
  mapfile -t COMPREPLY < <(compgen -W "@verbs@ @main@" -- "$word")
}

_warren_nspawn() {
  COMPREPLY=()
  _warren_spawn "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
}

complete -F _warren warren
if [[ $(readlink -f "$(type -P systemd-nspawn)" 2>/dev/null) == */warren ]]; then
  complete -F _warren_nspawn systemd-nspawn
fi
)sh";

/// Options for compgen(1): --NAME= for those that take a value.
std::string completion_words(std::span<const OptionShape> table) {
  std::string words;
  for (const auto& option : table) {
    if (option.name == nullptr || (*option.name == '\0' && option.letter == 0)) {
      continue;
    }
    const std::string word = *option.name == '\0'           ? cat("-", option.letter)
                             : option.takes == Takes::Value ? cat("--", option.name, "=")
                                                            : cat("--", option.name);
    words += cat(words.empty() ? "" : " ", word);
  }
  return words;
}

/// `NAME) words="…" ;;` for options whose value is one of a few words.
std::string completion_values(std::span<const OptionShape> table) {
  std::string cases;
  for (const auto& option : table) {
    const std::string_view value = option.value;
    if (option.name == nullptr || *option.name == '\0') {
      continue;
    }
    std::string words;
    if (value == "BOOL") {
      words = "yes no";
    } else if (value.contains('|')) {
      for (const auto word : split(value, '|')) {
        const bool literal = std::ranges::all_of(word, [](unsigned char letter) {
          return std::islower(letter) != 0 || std::isdigit(letter) != 0 || letter == '-';
        });
        words += literal ? cat(words.empty() ? "" : " ", word) : "";
      }
    }
    if (!words.empty()) {
      cases += cat("    --", option.name, ") echo \"", words, "\" ;;\n");
    }
  }
  return cases;
}

std::string verb_words() {
  std::string words;
  for (const auto& verb : verbs()) {
    words += cat(words.empty() ? "" : " ", verb.name);
  }
  return words;
}

}  // namespace

std::string bash_completion() {
  const auto spawn = shapes(spawn_options());
  const auto parts = std::to_array<std::pair<std::string_view, std::string>>(
      {{"values", completion_values(spawn)},
       {"spawn", completion_words(spawn)},
       {"verbs", verb_words()},
       {"main", completion_words(main_options())}});
  std::string script;
  bool is_name = false;
  for (const auto piece : split(kScript, '@')) {
    const auto* const part =
        std::ranges::find(parts, piece, &std::pair<std::string_view, std::string>::first);
    script += is_name && part != parts.end() ? part->second : std::string(piece);
    is_name = !is_name;
  }
  return script;
}

}  // namespace warren::cli
