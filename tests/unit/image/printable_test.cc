#include <gmock/gmock.h>

#include "image/program.h"

namespace warren::image {
namespace {

TEST(Printable, NothingControlsATerminal) {
  EXPECT_EQ(printable("plain text, 1:2"), "plain text, 1:2");
  EXPECT_EQ(printable("größe 日本 🎉"), "größe 日本 🎉");
  EXPECT_EQ(printable("\033[2J\a\r\n\t\x7F"), "?[2J?????");
  EXPECT_EQ(printable("\xC2\x9B"
                      "31m"),
            "??31m")
      << "the C1 form of the escape";
  EXPECT_EQ(printable("\xFF\xC3"), "??");
  EXPECT_EQ(printable("\xE6\x97"), "??") << "cut short";
}

}  // namespace
}  // namespace warren::image
