// What is wrong with a declaration, and where.
#pragma once

#include <string>
#include <vector>

#include "config/value.h"

namespace warren::config {

struct Problem {
  Position at;
  std::string message;
  /// The container that cannot be had because of it. Empty: nobody knows what the file wanted to
  /// declare, so nothing may be taken for undeclared.
  std::string container;

  /// "FILE:LINE:COLUMN: message".
  [[nodiscard]] std::string text() const { return at.text() + ": " + message; }
};

using Problems = std::vector<Problem>;

}  // namespace warren::config
