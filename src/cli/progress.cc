#include "cli/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/report.h"
#include "kernel/terminal.h"

namespace warren::cli {
namespace {

constexpr std::size_t kUsualColumns = 80;

void write_text(std::string_view text) { (void)!::write(STDERR_FILENO, text.data(), text.size()); }

/// What fits into a line, without half a character at its end.
std::string_view fit(std::string_view text) {
  winsize size = {};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  text = text.substr(0, (known ? size.ws_col : kUsualColumns) - 1);
  while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0x80) != 0) {
    text.remove_suffix(1);
  }
  return text;
}

}  // namespace

ProgressLine::ProgressLine() : on_terminal_(kernel::is_terminal(STDERR_FILENO)) {}

ProgressLine::~ProgressLine() { clear(); }

image::Progress ProgressLine::progress(const std::string& what) {
  constexpr std::size_t kMost = 30;  // of a line that has to hold the text too
  const std::string brief =
      what.size() > kMost ? cat("...", what.substr(what.size() - kMost)) : what;
  return {.status = [this, brief](std::string_view text) { show(cat(brief, ": ", text)); },
          .note =
              [this, what](std::string_view text) {
                clear();
                say(cat("warren: ", what, ": ", text));
              }};
}

void ProgressLine::show(std::string_view text) {
  if (on_terminal_) {
    write_text(cat("\r", fit(text), "\033[K"));
    shown_ = true;
  }
}

void ProgressLine::clear() {
  if (shown_) {
    write_text("\r\033[K");
    shown_ = false;
  }
}

}  // namespace warren::cli
