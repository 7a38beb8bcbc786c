
#include "cli/completion.h"
#include "cli/manual.h"

namespace warren::cli {
namespace {

// What stands between @ and @ comes from the tables.
constexpr std::string_view kScript = R"sh(#compdef warren
# zsh completion for warren.
# Made from the tables of the command line: WARREN_ACCEPT=1 unit_tests

# Words that go on, NAME= and NAME., get no blank behind them.
_warren_words() {
  compadd -S '' -- ${(M)@:#*[=.]}
  compadd -- ${@:#*[=.]}
}

# _warren_values OPTION: completes its value where that is one of a few words
_warren_values() {
  case $1 in
@values@    *) return 1 ;;
  esac
}

# _warren_options VERB: from its help
_warren_options() {
  _warren_words ${(f)"$(warren help $1 2>/dev/null | grep -oE -- '^ +(-. )?--[a-z-]+=?' | grep -oE -- '--.*')"}
}

_warren() {
  local word=$words[CURRENT] previous=$words[CURRENT-1] verb= i
  for ((i = 2; i < CURRENT; ++i)); do
    if [[ $words[i] == (@all_verbs@) ]]; then
      verb=$words[i]
      break
    fi
  done
  if [[ $word == --*=* ]]; then
    previous=${word%%=*}
    compset -P '*='
  fi
  if [[ -z $verb ]]; then
    _warren_words @verbs@ @main@
  elif [[ $verb == help ]]; then
    _warren_words @verbs@
  elif [[ $verb == spawn ]]; then
    if _warren_values $previous; then
      :
    elif [[ $word == -* && $word != *=* ]]; then
      _warren_words @spawn@
    else
      _files
    fi
  elif [[ $previous == (--set|-s) ]]; then
    _warren_words @settings@
  elif [[ $previous == (--config|-c) ]]; then
    _files
  elif [[ $word == -* ]]; then
    _warren_options $verb
  elif [[ $verb == image ]]; then
    _warren_words @image@
  else
    if [[ $verb == (@with_names@) ]]; then
      compadd -- ${(f)"$(warren list 2>/dev/null | awk 'NR > 1 { print $1 }')"}
    fi
    if [[ $verb == (@with_settings@) ]]; then
      _warren_words @settings@
    fi
    if [[ $verb == (@with_files@) ]]; then
      _files
    fi
  fi
}

if [[ $funcstack[1] == _warren ]]; then
  _warren "$@"
else
  compdef _warren warren
fi
)sh";

}  // namespace

std::string zsh_completion() { return fill_in_case(kScript, "compadd -- ", " ;;\n"); }

}  // namespace warren::cli
