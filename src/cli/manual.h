// What is written down about warren for people and for shells, made from the tables that the
// command line is read with: manual pages, and completion for shells. They are files of the
// repository; a test compares them with what is made here, so the executable holds none of it.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "cli/options.h"

namespace warren::cli {

/// What the manual says about an option, in a few sentences. A line end starts a paragraph.
struct OptionText {
  std::string_view name;  ///< as in the table; for an option without a long name "-U"
  std::string_view text;
};

/// The texts for `warren spawn`, in the order of its table.
[[nodiscard]] std::span<const OptionText> spawn_option_texts();

/// docs/man/warren.1 and docs/man/warren-spawn.1, in man(7)'s language.
[[nodiscard]] std::string main_manual();
[[nodiscard]] std::string spawn_manual();

/// completions/warren.bash: for warren, and for systemd-nspawn where that is a name of warren.
[[nodiscard]] std::string bash_completion();
/// completions/warren.zsh and completions/warren.fish: for warren.
[[nodiscard]] std::string zsh_completion();
[[nodiscard]] std::string fish_completion();

}  // namespace warren::cli
