
#include "cli/completion.h"
#include "cli/manual.h"

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

# _warren_words "WORDS" WORD: those that begin so; no blank behind what goes on
_warren_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
  [[ ${COMPREPLY[0]} == *[=.] ]] && compopt -o nospace 2>/dev/null
}

_warren_files() {
  mapfile -t COMPREPLY < <(compgen -f -- "$1")
  compopt -o filenames 2>/dev/null
}

_warren_names() {
  warren list 2>/dev/null | awk 'NR > 1 { print $1 }'
}

# _warren_options VERB: from its help, which is made from the table that it is read with
_warren_options() {
  warren help "$1" 2>/dev/null | grep -oE -- '^ +(-. )?--[a-z-]+=?' | grep -oE -- '--.*'
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
    _warren_words "$values" "$word"
  elif [[ $word == -* ]]; then
    _warren_words "@spawn@" "$word"
  else
    _warren_files "$word"
  fi
}

# _warren_verb VERB WORD PREVIOUS: of a word of another verb
_warren_verb() {
  local verb=$1 word=$2 previous=$3
  if [[ $word == = ]]; then
    word=
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if [[ $previous == --set || $previous == -s ]]; then
    _warren_words "@settings@" "$word"
  elif [[ $previous == --config || $previous == -c ]]; then
    _warren_files "$word"
  elif [[ $word == -* ]]; then
    _warren_words "$(_warren_options "$verb")" "$word"
  else
    case $verb in
      image) _warren_words "@image@" "$word" ;;
      @with_settings@) _warren_words "@settings@" "$word" ;;&
      @with_files@) _warren_files "$word" ;;&
      @with_names@) COMPREPLY+=($(compgen -W "$(_warren_names)" -- "$word")) ;;
    esac
  fi
}

_warren() {
  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case ${COMP_WORDS[i]} in
      spawn) _warren_spawn "$word" "$previous"; return ;;
      help) _warren_words "@verbs@" "$word"; return ;;
      @all_verbs@) _warren_verb "${COMP_WORDS[i]}" "$word" "$previous"; return ;;
    esac
  done
  _warren_words "@verbs@ @main@" "$word"
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

}  // namespace

std::string bash_completion() { return fill_in_case(kScript, "echo \"", "\" ;;\n"); }

}  // namespace warren::cli
