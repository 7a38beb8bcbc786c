#include "cli/log_text.h"

#include <algorithm>

#include "base/printable.h"
#include "base/text.h"
#include "cli/report.h"
#include "kernel/file.h"

namespace warren::cli {
namespace {

constexpr std::size_t kMost = std::size_t{8} << 20;  // more than the monitor lets it grow

/// How long the colour sequence at the beginning of `text` is; 0 when there is none.
std::size_t colour_length(std::string_view text) {
  if (!text.starts_with("\x1b[")) {
    return 0;
  }
  const auto end = text.find_first_not_of("0123456789;:", 2);
  constexpr std::size_t kLongest = 32;  // less than npos
  return end < kLongest && text[end] == 'm' ? end + 1 : 0;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    std::size_t length = colour_length(text);
    if (length == 0) {
      length = text[0] == '\n' || text[0] == '\t' ? 1 : printable_length(text);
    }
    if (length != 0) {
      shown += text.substr(0, length);
    } else if (text[0] != '\r') {
      shown += '?';
    }
    text.remove_prefix(length != 0 ? length : 1);
  }
  return shown;
}

std::vector<std::string> last_lines(const std::string& path, std::size_t count) {
  const std::string text = cat(kernel::read_file(cat(path, ".1"), kMost).value_or(""),
                               kernel::read_file(path, kMost).value_or(""));
  std::string_view rest = text;
  if (rest.ends_with('\n')) {
    rest.remove_suffix(1);
  }
  std::vector<std::string> lines;
  while (!rest.empty() && lines.size() < count) {
    const auto end = rest.rfind('\n');
    lines.emplace_back(end == std::string_view::npos ? rest : rest.substr(end + 1));
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(0, end);
  }
  std::ranges::reverse(lines);
  return lines;
}

void LogEnd::take(const std::string& path) {
  constexpr std::size_t kLines = 10;
  lines_ = last_lines(path, kLines);
}

void LogEnd::say() const {
  for (const auto& line : lines_) {
    say_as_it_is(cat("  | ", printable(line)));
  }
}

}  // namespace warren::cli
