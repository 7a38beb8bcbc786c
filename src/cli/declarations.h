// `warren check` and `warren show`: what is declared, and what is wrong with it.
#pragma once

#include <string>
#include <vector>

#include "config/problem.h"
#include "state/paths.h"

namespace warren::cli {

/// Returns 0 when nothing is wrong, 1 when something is, 125 when warren failed.
[[nodiscard]] int check(const std::vector<std::string>& arguments, const state::Paths& paths);
[[nodiscard]] std::string check_help();

/// Prints containers with every default filled in, as TOML or JSON that declares the same.
/// Returns 125 when one that is named is not declared, or with a mistake.
[[nodiscard]] int show(const std::vector<std::string>& arguments, const state::Paths& paths);
[[nodiscard]] std::string show_help();

/// A line each on standard error, each line once.
void report_problems(const config::Problems& problems);

}  // namespace warren::cli
