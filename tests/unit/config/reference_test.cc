// The reference page, compared with the file of the repository. WARREN_ACCEPT=1 rewrites it.
#include "config/reference.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace warren::config {
namespace {

TEST(Reference, Page) {
  const std::string path = std::string(WARREN_SOURCE_DIR) + "/docs/DECLARATIONS.md";
  const std::string made = reference_page();
  if (std::getenv("WARREN_ACCEPT") != nullptr) {
    std::ofstream(path) << made;
  }
  std::stringstream kept;
  kept << std::ifstream(path).rdbuf();
  EXPECT_EQ(made, kept.str()) << "see " << path;
}

}  // namespace
}  // namespace warren::config
