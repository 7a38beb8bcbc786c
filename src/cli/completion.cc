#include "cli/completion.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"
#include "cli/manual.h"
#include "cli/spawn_options.h"
#include "config/schema.h"

namespace warren::cli {
namespace {

bool takes(const Verb& verb, Arguments what) {
  const std::string_view usage = verb.usage;
  switch (what) {
    case Arguments::Names:
      return usage.contains("NAME");
    case Arguments::Files:
      return usage.contains("FILE") || usage.contains("SOURCE");
    case Arguments::Settings:
      return usage.contains("KEY=VALUE");
  }
  return false;
}

template <typename Keep>
std::string verbs_where(std::string_view separator, Keep keep) {
  std::string words;
  for (const auto& verb : verbs()) {
    if (keep(verb)) {
      words += cat(words.empty() ? std::string_view() : separator, verb.name);
    }
  }
  return words;
}

void append_word(std::string& words, std::string_view word) {
  words += cat(words.empty() ? "" : " ", word);
}

}  // namespace

std::string verbs_that_take(Arguments what, std::string_view separator) {
  const auto words = verbs_where(separator, [what](const Verb& verb) { return takes(verb, what); });
  return words.empty() ? "''" : words;  // a pattern all the same
}

std::string all_verbs(std::string_view separator) {
  return verbs_where(separator, [](const Verb&) { return true; });
}

std::string image_words() {
  const auto image = std::ranges::find(verbs(), "image", &Verb::name);
  const std::string_view usage = image->usage;
  std::string words(usage.substr(0, usage.find(' ')));
  std::ranges::replace(words, '|', ' ');
  return words;
}

std::string option_words(std::span<const OptionShape> table) {
  std::string words;
  for (const auto& option : table) {
    if (option.name == nullptr || (*option.name == '\0' && option.letter == 0)) {
      continue;
    }
    append_word(words, *option.name == '\0'           ? cat("-", option.letter)
                       : option.takes == Takes::Value ? cat("--", option.name, "=")
                                                      : cat("--", option.name));
  }
  return words;
}

std::string value_words(const OptionShape& option) {
  const std::string_view value = option.value;
  if (option.name == nullptr || *option.name == '\0' || !value.contains('|')) {
    return {};
  }
  std::string words;
  for (const auto word : split(value, '|')) {
    const bool literal = std::ranges::all_of(word, [](unsigned char letter) {
      return std::islower(letter) != 0 || std::isdigit(letter) != 0 || letter == '-';
    });
    if (literal) {
      append_word(words, word);
    }
  }
  return words;
}

std::string setting_words() {
  std::string words;
  for (const auto& [path, key, group] : config::key_paths()) {
    const auto shape = key->binding.shape;
    const bool has_place = path.contains('*') || path.contains('[');
    if (!has_place && shape != config::Shape::Record) {
      append_word(words, cat(path, shape == config::Shape::Named ? "." : "="));
    }
  }
  return words;
}

std::string fill_in(std::string_view script,
                    std::span<const std::pair<std::string_view, std::string>> texts) {
  std::string out(script);
  for (const auto& [name, text] : texts) {
    const std::string mark = cat("@", name, "@");
    for (auto at = out.find(mark); at != std::string::npos; at = out.find(mark, at + text.size())) {
      out.replace(at, mark.size(), text);
    }
  }
  return out;
}

std::string fill_in_case(std::string_view script, std::string_view before, std::string_view after) {
  const auto spawn = shapes(spawn_options());
  std::string values;
  for (const auto& option : spawn) {
    if (const auto words = value_words(option); !words.empty()) {
      values += cat("    --", option.name, ") ", before, words, after);
    }
  }
  const auto texts = std::to_array<std::pair<std::string_view, std::string>>({
      {"values", values},
      {"spawn", option_words(spawn)},
      {"settings", setting_words()},
      {"image", image_words()},
      {"with_files", verbs_that_take(Arguments::Files, "|")},
      {"with_settings", verbs_that_take(Arguments::Settings, "|")},
      {"with_names", verbs_that_take(Arguments::Names, "|")},
      {"verbs", all_verbs(" ")},
      {"all_verbs", all_verbs("|")},
      {"main", option_words(main_options())},
  });
  return fill_in(script, texts);
}

}  // namespace warren::cli
