// What makes a container less of a boundary than it is by default, and what that means.
#pragma once

#include <string>
#include <vector>

#include "spec/container.h"
#include "spec/declaration.h"

namespace warren::manager {

struct Weakening {
  std::string setting;      ///< as its front end writes it: `privateUsers=no`, `--nesting`
  std::string consequence;  ///< a sentence or two
};

/// In the words of the declaration.
[[nodiscard]] std::vector<Weakening> weakenings(const spec::Declaration& declaration);

/// In the words of the options of `warren spawn`.
[[nodiscard]] std::vector<Weakening> weakenings(const spec::Container& container);

}  // namespace warren::manager
