#include "config/ini.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace warren::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBlanks = " \t";
constexpr std::size_t kMostSettings = 4096;  // the file may be a stranger's

bool is_comment(std::string_view line) { return line.starts_with('#') || line.starts_with(';'); }

bool is_control(unsigned char letter) { return (letter < ' ' && letter != '\t') || letter == 0x7F; }

/// Whether the last backslash of `line` is not itself escaped.
bool goes_on(std::string_view line) {
  const auto last = line.find_last_not_of('\\');
  const auto backslashes = line.size() - (last == std::string_view::npos ? 0 : last + 1);
  return backslashes % 2 != 0;
}

class IniReader {
 public:
  explicit IniReader(const std::string& file) : file_(file) {}

  Result<> take(std::string_view line) {
    ++line_;
    line = line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
    if (std::ranges::any_of(line, is_control)) {
      return refuse("it has a control character", line_);
    }
    const auto text = line.substr(std::min(line.find_first_not_of(kBlanks), line.size()));
    if (is_comment(text) || (text.empty() && pending_.empty())) {
      return {};  // also between lines that belong together
    }
    if (pending_.empty()) {
      first_ = line_;
    }
    if (goes_on(line)) {
      pending_ += cat(line.substr(0, line.size() - 1), " ");
      return {};
    }
    return finish(std::exchange(pending_, {}) + std::string(line));
  }

  Result<std::vector<IniSetting>> end() {
    if (!pending_.empty()) {
      TRY(finish(std::exchange(pending_, {})));
    }
    return std::move(settings_);
  }

 private:
  [[nodiscard]] Error refuse(std::string_view reason, unsigned line) const {
    return Error::because("", cat(file_, ":", line), reason);
  }

  Result<> finish(const std::string& joined) {
    const auto line = trim(joined);
    if (line.empty()) {
      return {};
    }
    if (line.starts_with('[')) {
      if (!line.ends_with(']') || line.size() < 3) {
        return refuse("a section is [NAME]", first_);
      }
      section_ = line.substr(1, line.size() - 2);
      return {};
    }
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      return refuse("it is neither [SECTION] nor KEY=VALUE", first_);
    }
    if (section_.empty()) {
      return refuse("a [SECTION] comes first", first_);
    }
    if (settings_.size() == kMostSettings) {
      return refuse(cat("there are more than ", kMostSettings, " settings"), first_);
    }
    add(trim(line.substr(0, equals)), trim(line.substr(equals + 1)));
    return {};
  }

  void add(std::string_view key, std::string_view value) {
    if (value.empty()) {
      std::erase_if(settings_, [&](const IniSetting& one) {
        return one.section == section_ && one.key == key;
      });
      return;
    }
    settings_.push_back({section_, std::string(key), std::string(value), first_});
  }

  const std::string& file_;
  unsigned line_ = 0;
  unsigned first_ = 0;   ///< where `pending_` or the current assignment starts
  std::string pending_;  ///< lines that end with a backslash
  std::string section_;
  std::vector<IniSetting> settings_;
};

}  // namespace

Result<std::vector<IniSetting>> parse_ini(std::string_view text, const std::string& file) {
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  IniReader reader(file);
  for (const auto line : split(text, '\n')) {
    TRY(reader.take(line));
  }
  return reader.end();
}

Result<std::vector<std::string>> split_words(std::string_view text) {
  std::vector<std::string> words;
  bool inside = false;
  char quote = 0;
  for (const char letter : text) {
    const bool blank = kBlanks.find(letter) != std::string_view::npos;
    if (quote == 0 && blank) {
      inside = false;
      continue;
    }
    if (!inside) {
      words.emplace_back();
      inside = true;
    }
    if (letter == quote) {
      quote = 0;
    } else if (quote == 0 && (letter == '"' || letter == '\'')) {
      quote = letter;
    } else {
      words.back() += letter;
    }
  }
  if (quote != 0) {
    return Error::because("", "", "a quote does not end");
  }
  return words;
}

}  // namespace warren::config
