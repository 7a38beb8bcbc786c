// The reference page of declarations, made from the schema. It is a file of the repository; a test
// compares it with what is made here, so the executable holds none of it.
#pragma once

#include <string>

namespace warren::config {

/// docs/DECLARATIONS.md.
[[nodiscard]] std::string reference_page();

}  // namespace warren::config
