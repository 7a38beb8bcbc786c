// Settings in systemd.syntax(7): sections, KEY=VALUE, comments, lines that go on. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace warren::config {

/// One assignment of such a file.
struct IniSetting {
  std::string section;
  std::string key;
  std::string value;  ///< never empty
  unsigned line = 0;  ///< where it starts, from 1
  friend bool operator==(const IniSetting&, const IniSetting&) = default;
};

/// The assignments of `text` in their order. An empty one takes back those of the same key in front
/// of it. Fails with FILE:LINE in front for what is none of this, and for control characters.
[[nodiscard]] Result<std::vector<IniSetting>> parse_ini(std::string_view text,
                                                        const std::string& file);

/// The words of `text`, with blanks between; quotes of either kind keep blanks. A backslash is a
/// letter like others. Fails for a quote that does not end.
[[nodiscard]] Result<std::vector<std::string>> split_words(std::string_view text);

}  // namespace warren::config
