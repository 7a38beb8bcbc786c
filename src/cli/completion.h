// What shells complete, made from the tables of the command line and of the schema. The scripts are
// files of the repository; a test compares them with what is made here.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/main.h"
#include "cli/options.h"

namespace warren::cli {

/// Verbs whose arguments are of one kind, with `separator` between.
enum class Arguments { Names, Files, Settings };
[[nodiscard]] std::string verbs_that_take(Arguments what, std::string_view separator);
[[nodiscard]] std::string all_verbs(std::string_view separator);
/// The words behind `warren image`.
[[nodiscard]] std::string image_words();

/// Options with their dashes: `--name=` for those that need a value.
[[nodiscard]] std::string option_words(std::span<const OptionShape> table);
/// The few words that are an option's value; empty when it takes any text.
[[nodiscard]] std::string value_words(const OptionShape& option);
/// The keys of declarations as `--set` takes them: `limits.memory=`, and `services.` where a name
/// follows.
[[nodiscard]] std::string setting_words();

/// `script` with each @NAME@ replaced by the text of that name.
[[nodiscard]] std::string fill_in(std::string_view script,
                                  std::span<const std::pair<std::string_view, std::string>> texts);

/// The same for a script whose values are chosen by `case`: in it an option that takes one of a few
/// words is `--NAME) `, then `before`, the words, and `after`.
[[nodiscard]] std::string fill_in_case(std::string_view script, std::string_view before,
                                       std::string_view after);

}  // namespace warren::cli
