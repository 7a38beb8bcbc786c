// Progress of long work, for people.
#pragma once

#include <string>
#include <string_view>

#include "image/progress.h"

namespace warren::cli {

/// On a terminal the last line of standard error says what is being done, and is gone when this
/// is. Elsewhere only what must be seen is printed.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// `what` stands in front of every text: "debian:bookworm". Valid as long as this is.
  [[nodiscard]] image::Progress progress(const std::string& what);

 private:
  void show(std::string_view text);
  void clear();

  bool on_terminal_;
  bool shown_ = false;
};

}  // namespace warren::cli
