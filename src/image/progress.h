// What a build that takes its time tells meanwhile.
#pragma once

#include <functional>
#include <string_view>

namespace warren::image {

/// Either may be empty. The texts may hold what a stranger's archive says, made printable.
struct Progress {
  /// What is being done; takes the place of what was said before.
  std::function<void(std::string_view)> status;
  /// A line that is to be seen in any case.
  std::function<void(std::string_view)> note;

  void show(std::string_view text) const {
    if (status) {
      status(text);
    }
  }
  void tell(std::string_view text) const {
    if (note) {
      note(text);
    }
  }
};

}  // namespace warren::image
