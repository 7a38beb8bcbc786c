#include "image/apt_sources.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/text.h"

namespace warren::image {
namespace {

using Words = std::vector<std::string>;

/// One entry, as both forms say it.
struct Source {
  Words types;
  Words uris;
  Words suites;
  Words components;
  std::string key;  ///< Signed-By
  bool enabled = true;
};

Words words_of(std::string_view text) {
  Words words;
  std::string word;
  for (const char c : cat(text, " ")) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::exchange(word, {}));
    }
  }
  return words;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

/// deb [OPTIONS] URI SUITE COMPONENT…
std::vector<Source> read_one_line(std::string_view text) {
  std::vector<Source> sources;
  for (const auto line : split(text, '\n')) {
    Words words = words_of(line.substr(0, line.find('#')));
    Source source;
    if (words.size() > 1 && words[1].starts_with('[')) {
      const auto end =
          std::find_if(words.begin(), words.end(), [](const auto& w) { return w.ends_with(']'); });
      for (auto word = words.begin() + 1; word < end + (end == words.end() ? 0 : 1); ++word) {
        const auto at = word->find("signed-by=");
        source.key = at != std::string::npos ? word->substr(at + 10) : source.key;
      }
      words.erase(words.begin() + 1, end == words.end() ? end : end + 1);
    }
    if (words.size() >= 3) {
      source.types = {words[0]};
      source.uris = {words[1]};
      source.suites = {words[2]};
      source.components.assign(words.begin() + 3, words.end());
      sources.push_back(std::move(source));
    }
  }
  return sources;
}

void set_field(Source& source, const std::string& name, std::string_view value) {
  struct Field {
    std::string_view name;
    Words Source::*words;
  };
  constexpr auto kFields = std::to_array<Field>({{"types", &Source::types},
                                                 {"uris", &Source::uris},
                                                 {"suites", &Source::suites},
                                                 {"components", &Source::components}});
  const auto* field = std::ranges::find(kFields, name, &Field::name);
  if (field != kFields.end()) {
    source.*(field->words) = words_of(value);
  } else if (name == "signed-by") {
    source.key = trim(value);
  } else if (name == "enabled") {
    source.enabled = parse_boolean(trim(value)).value_or(true);
  }
}

/// Stanzas of Field: value, where lines that begin with a blank go on.
std::vector<Source> read_deb822(std::string_view text) {
  std::vector<Source> sources(1);
  std::string name;
  std::string value;
  const auto end_field = [&] { set_field(sources.back(), std::exchange(name, {}), value); };
  for (const auto line : split(text, '\n')) {
    if (line.starts_with('#')) {
      continue;
    }
    if (line.starts_with(' ') || line.starts_with('\t')) {
      value += cat(" ", line);
      continue;
    }
    end_field();
    if (trim(line).empty()) {
      sources.emplace_back();
    } else if (const auto colon = line.find(':'); colon != std::string_view::npos) {
      name = lower(line.substr(0, colon));
      value = line.substr(colon + 1);
    }
  }
  end_field();
  return sources;
}

/// Debian's own, not somebody's who offers packages for the same suite.
bool is_debian(const Source& source) {
  const auto has = [](const Words& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
  };
  const bool its_key = source.key.empty() || source.key.find("debian-archive") != std::string::npos;
  return source.enabled && its_key && has(source.types, "deb") && has(source.components, "main");
}

}  // namespace

std::vector<std::string> debian_sources(std::string_view suite, std::string_view one_line,
                                        std::string_view deb822) {
  constexpr auto kComponents =
      std::to_array<std::string_view>({"main", "contrib", "non-free", "non-free-firmware"});
  std::vector<std::string> lines;
  bool complete = false;
  auto sources = read_one_line(one_line);
  std::ranges::move(read_deb822(deb822), std::back_inserter(sources));
  for (auto& source : sources) {
    if (!is_debian(source)) {
      continue;
    }
    std::erase_if(source.components, [&](const std::string& component) {
      return std::ranges::find(kComponents, component) == kComponents.end();
    });
    for (const auto& uri : source.uris) {
      for (const auto& name : source.suites) {
        const bool itself = name == suite;
        if (itself || name == cat(suite, "-updates") || name == cat(suite, "-security")) {
          complete = complete || itself;
          lines.push_back(cat("deb ", uri, " ", name, " ", join(source.components, " ")));
        }
      }
    }
  }
  return complete ? lines : std::vector<std::string>();
}

}  // namespace warren::image
