// Command line options as a table, from which parsing, help and messages come. The grammar is
// getopt_long(3)'s, which systemd-nspawn's users know: --name VALUE, --name=VALUE, -nVALUE, and
// any unambiguous beginning of a long name.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace warren::cli {

enum class Takes { Nothing, Value, MaybeValue };

/// One option of a verb whose settings are collected in a `Request`.
template <typename Request>
struct Option {
  const char* name;  ///< long name without dashes, empty for none; null for a heading
  char letter = 0;   ///< short name, 0 for none
  Takes takes = Takes::Nothing;
  const char* value = "";  ///< what the value looks like: "SOURCE[:TARGET]"
  const char* help = "";   ///< a few words; a heading's text; null hides the option
  Result<> (*apply)(Request& request, std::string_view value) = nullptr;
};

/// The same without what depends on the verb.
struct OptionShape {
  const char* name;
  char letter;
  Takes takes;
  const char* value;
  const char* help;
};

struct ParsedOption {
  std::size_t index = 0;  ///< in the table
  std::string value;      ///< empty when it has none
  bool has_value = false;
};

struct ParsedCommandLine {
  std::vector<ParsedOption> options;
  std::vector<std::string> arguments;  ///< from the first that is no option
};

/// Takes `arguments` (without the program's name) apart. Fails for what is not in the table, a
/// missing value, and a value where none belongs.
[[nodiscard]] Result<ParsedCommandLine> parse_options(std::span<const OptionShape> table,
                                                      const std::vector<std::string>& arguments);

/// An error of an option's value, in a form that names the option and what it takes.
[[nodiscard]] Error bad_value(const OptionShape& option, std::string_view value, Error error);

/// The table as help text, one option a line.
[[nodiscard]] std::string option_help(std::span<const OptionShape> table);

template <typename Request>
[[nodiscard]] std::vector<OptionShape> shapes(std::span<const Option<Request>> table) {
  std::vector<OptionShape> result;
  for (const auto& option : table) {
    result.push_back({option.name, option.letter, option.takes, option.value, option.help});
  }
  return result;
}

/// For a request with a member `help`.
template <typename Request>
inline constexpr Option<Request> kHelpOption = {
    "help", 'h', Takes::Nothing, "", "show this text", [](Request& request, std::string_view) {
      request.help = true;
      return Result<>();
    }};

/// For one with a member `json`.
template <typename Request>
inline constexpr Option<Request> kJsonOption = {
    "json", 0, Takes::Nothing, "", "as JSON", [](Request& request, std::string_view) {
      request.json = true;
      return Result<>();
    }};

/// Applies parsed options to `request`. An empty value is an error, also where it may be left out:
/// it is an unset variable rather than a wish.
template <typename Request>
[[nodiscard]] Result<> apply_parsed(std::span<const Option<Request>> table,
                                    const std::vector<ParsedOption>& options, Request& request) {
  for (const auto& option : options) {
    const auto& entry = table[option.index];
    auto done = option.has_value && option.value.empty()
                    ? Result<>(Error::because("", "", "its value is empty"))
                    : entry.apply(request, option.value);
    if (!done) {
      const OptionShape shape = {entry.name, entry.letter, entry.takes, entry.value, entry.help};
      return bad_value(shape, option.value, std::move(done).error());
    }
  }
  return {};
}

/// Parses `arguments` into `request`; returns what follows the options.
template <typename Request>
[[nodiscard]] Result<std::vector<std::string>> apply_options(
    std::span<const Option<Request>> table, const std::vector<std::string>& arguments,
    Request& request) {
  TRY_ASSIGN(auto parsed, parse_options(shapes(table), arguments));
  TRY(apply_parsed(table, parsed.options, request));
  return std::move(parsed.arguments);
}

/// The same where options may stand behind words too; returns the words.
template <typename Request>
[[nodiscard]] Result<std::vector<std::string>> apply_options_anywhere(
    std::span<const Option<Request>> table, std::vector<std::string> arguments, Request& request) {
  std::vector<std::string> words;
  while (true) {
    TRY_ASSIGN(arguments, apply_options(table, arguments, request));
    if (arguments.empty()) {
      return words;
    }
    words.push_back(std::move(arguments.front()));
    arguments.erase(arguments.begin());
  }
}

}  // namespace warren::cli
