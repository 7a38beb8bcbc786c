#include "base/text.h"

#include <gmock/gmock.h>

namespace warren {
namespace {
using ::testing::ElementsAre;

TEST(Text, SplitKeepsEmptyParts) {
  EXPECT_THAT(split("a::b:", ':'), ElementsAre("a", "", "b", ""));
  EXPECT_THAT(split("", ':'), ElementsAre(""));
}
}  // namespace
}  // namespace warren
