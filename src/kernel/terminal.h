// Terminals and pseudo terminals: pty(7), termios(3).
#pragma once

#include <termios.h>

#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace warren::kernel {

struct Terminal {
  UniqueFd master;      ///< non-blocking
  UniqueFd slave;       ///< while it is open, the master does not see the end
  unsigned number = 0;  ///< the slave is `pts/number`
};

/// A new pseudo terminal of the devpts whose ptmx device is at `ptmx`, unlocked.
[[nodiscard]] Result<Terminal> open_terminal(const std::string& ptmx);

[[nodiscard]] bool is_terminal(int fd);

/// Whether `terminal` is this process's own, and has another job in its foreground.
[[nodiscard]] bool is_in_background(int terminal);

/// The standard stream whose window size counts: output before input; -1 if neither is a terminal.
[[nodiscard]] int window_stream();

/// Makes terminal `to` as many rows and columns as `from`; nothing if either is none.
void copy_window_size(int from, int to);

/// A terminal in raw mode (cfmakeraw(3)) while this lives; afterwards as it was found. A process in
/// the background leaves the terminal to the one in the foreground.
class RawMode {
 public:
  explicit RawMode(int fd) : fd_(fd) { enter(); }
  ~RawMode() { restore(); }
  RawMode(const RawMode&) = delete;
  RawMode& operator=(const RawMode&) = delete;

  /// Once more, when others have had the terminal meanwhile: what it is now is to be restored.
  void enter() noexcept;
  void restore() noexcept;

 private:
  int fd_;
  std::optional<termios> saved_;
};

}  // namespace warren::kernel
