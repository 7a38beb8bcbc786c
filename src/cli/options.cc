#include "cli/options.h"

#include <getopt.h>

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace warren::cli {
namespace {

constexpr int kFirstLong = 256;  // above every letter

std::string spelled(const OptionShape& option) {
  return *option.name != '\0' ? cat("--", option.name) : cat("-", option.letter);
}

/// "--bind takes SOURCE[:TARGET]", for the end of a message.
std::string usage_of(const OptionShape& option) {
  switch (option.takes) {
    case Takes::Nothing:
      return cat(spelled(option), " takes no value");
    case Takes::MaybeValue:
      return cat(spelled(option), "[=", option.value, "]");
    case Takes::Value:
      break;
  }
  return cat(spelled(option), "=", option.value);
}

struct Getopt {
  std::string letters = "+:";  // stop at the first argument; tell missing values apart
  std::vector<option> names;
  std::vector<char*> arguments;
};

Getopt make_getopt(std::span<const OptionShape> table, std::vector<std::string>& arguments) {
  Getopt result;
  for (std::size_t i = 0; i < table.size(); ++i) {
    const OptionShape& shape = table[i];
    if (shape.name == nullptr) {
      continue;
    }
    const int takes = shape.takes == Takes::Nothing ? no_argument
                      : shape.takes == Takes::Value ? required_argument
                                                    : optional_argument;
    if (*shape.name != '\0') {
      result.names.push_back({shape.name, takes, nullptr, kFirstLong + static_cast<int>(i)});
    }
    if (shape.letter != 0) {
      result.letters += shape.letter;
      result.letters += shape.takes == Takes::Value ? ":" : "";
    }
  }
  result.names.push_back({});
  for (auto& argument : arguments) {
    result.arguments.push_back(argument.data());
  }
  result.arguments.push_back(nullptr);
  return result;
}

const OptionShape* find(std::span<const OptionShape> table, int code) {
  if (code >= kFirstLong) {
    return &table[static_cast<std::size_t>(code - kFirstLong)];
  }
  const auto at = std::ranges::find_if(table, [code](const OptionShape& shape) {
    return shape.name != nullptr && shape.letter != 0 && shape.letter == code;
  });
  return at != table.end() ? &*at : nullptr;
}

Error unknown_option(std::span<const OptionShape> table, std::string_view given) {
  if (!given.starts_with("--")) {
    return Error::because("", given, "no such option").advise("see --help");
  }
  const std::string_view name = given.substr(2, given.find('=') - 2);
  std::vector<std::string_view> beginnings;
  std::vector<std::string_view> names;
  for (const auto& shape : table) {
    if (shape.name != nullptr) {
      names.emplace_back(shape.name);
      if (std::string_view(shape.name).starts_with(name)) {
        beginnings.emplace_back(shape.name);
      }
    }
  }
  if (beginnings.size() > 1) {
    return Error::because("", cat("--", name), "it could be several options")
        .advise(cat("such as --", beginnings[0], " and --", beginnings[1]));
  }
  Error error = Error::because("", cat("--", name), "no such option");
  const auto close = nearest(name, names);
  return std::move(error).advise(close.empty() ? std::string("see --help")
                                               : cat("did you mean --", close, "?"));
}

/// What getopt_long(3) complained about with '?' or ':'.
Error complaint(std::span<const OptionShape> table, int kind, std::string_view given) {
  if (kind == ':') {
    const OptionShape* shape = find(table, optopt);
    return Error::because("", spelled(*shape), "its value is missing").advise(usage_of(*shape));
  }
  if (optopt >= kFirstLong) {
    const OptionShape* shape = find(table, optopt);
    return Error::because("", spelled(*shape), "it takes no value");
  }
  return unknown_option(table,
                        optopt != 0 ? cat("-", static_cast<char>(optopt)) : std::string(given));
}

}  // namespace

Result<ParsedCommandLine> parse_options(std::span<const OptionShape> table,
                                        const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"warren"};  // where getopt looks for the program's name
  words.insert(words.end(), arguments.begin(), arguments.end());
  const Getopt getopt = make_getopt(table, words);
  const int count = static_cast<int>(words.size());
  ParsedCommandLine parsed;
  opterr = 0;
  optind = 0;  // start anew, also GNU's own state
  while (true) {
    const int before = std::max(optind, 1);
    optopt = 0;
    const int code = getopt_long(count, getopt.arguments.data(), getopt.letters.c_str(),
                                 getopt.names.data(), nullptr);
    if (code == -1) {
      break;
    }
    if (code == '?' || code == ':') {
      return complaint(table, code, words[static_cast<std::size_t>(before)]);
    }
    const OptionShape* shape = find(table, code);
    parsed.options.push_back({.index = static_cast<std::size_t>(shape - table.data()),
                              .value = optarg != nullptr ? optarg : "",
                              .has_value = optarg != nullptr});
  }
  parsed.arguments.assign(words.begin() + optind, words.end());
  return parsed;
}

Error bad_value(const OptionShape& option, std::string_view value, Error error) {
  const std::string given = value.empty() ? spelled(option) : cat(spelled(option), "=", value);
  // The reason belongs to the option, whatever it was found with.
  error.subject = error.subject.empty() ? given : cat(given, ": ", error.subject);
  const std::string usage =
      option.takes == Takes::Nothing ? std::string() : cat("usage: ", usage_of(option));
  if (!usage.empty()) {
    error.hint = error.hint.empty() ? usage : cat(error.hint, "; ", usage);
  }
  return error;
}

std::string option_help(std::span<const OptionShape> table) {
  constexpr std::size_t kColumn = 34;
  std::string text;
  for (const auto& option : table) {
    if (option.help == nullptr) {
      continue;
    }
    if (option.name == nullptr) {
      text += cat("\n", option.help, ":\n");
      continue;
    }
    std::string left = option.letter != 0 ? cat("  -", option.letter, " --", option.name)
                                          : cat("     --", option.name);
    left += option.takes == Takes::Value        ? cat("=", option.value)
            : option.takes == Takes::MaybeValue ? cat("[=", option.value, "]")
                                                : "";
    if (left.size() + 1 > kColumn) {
      text += cat(left, "\n", std::string(kColumn, ' '), option.help, "\n");
    } else {
      text += cat(left, std::string(kColumn - left.size(), ' '), option.help, "\n");
    }
  }
  return text;
}

}  // namespace warren::cli
