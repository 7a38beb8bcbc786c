// The logs of consoles for people's eyes: the last lines, and nothing that acts on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace warren::cli {

/// `text` with every control character, and every byte that is no UTF-8, replaced by `?`, but for
/// line ends, tabs and the colours of ECMA-48 SGR; carriage returns are left out.
[[nodiscard]] std::string printable(std::string_view text);

/// What is said of a container that did not start: the last lines of its log at some time.
class LogEnd {
 public:
  /// Takes them from the log at `path`.
  void take(const std::string& path);
  /// On standard error; nothing when nothing was taken.
  void say() const;

 private:
  std::vector<std::string> lines_;
};

/// The last lines of a log, of its older file `path`.1 too, without their ends.
[[nodiscard]] std::vector<std::string> last_lines(const std::string& path, std::size_t count);

}  // namespace warren::cli
