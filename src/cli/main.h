// Which verb was asked for.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "state/paths.h"

namespace warren::cli {

struct Verb {
  std::string_view name;
  const char* usage;    ///< what follows the name: "[OPTION…] [COMMAND [ARG…]]"
  const char* summary;  ///< a few words
  std::string (*help)();
  int (*run)(const std::vector<std::string>& arguments, const state::Paths& paths);
};

/// In the order of the help text.
[[nodiscard]] std::span<const Verb> verbs();

/// What may stand in front of the verb.
[[nodiscard]] std::vector<OptionShape> main_options();

/// Runs warren as `program` (argv[0]) with `arguments`; returns the exit status.
[[nodiscard]] int run(const std::string& program, const std::vector<std::string>& arguments);

}  // namespace warren::cli
