#include "base/printable.h"

#include <gmock/gmock.h>

namespace warren {
namespace {

TEST(Printable, NothingControlsATerminal) {
  EXPECT_EQ(printable_line("plain text, 1:2"), "plain text, 1:2");
  EXPECT_EQ(printable_line("größe 20 °C 日本 🎉"), "größe 20 °C 日本 🎉");
  EXPECT_EQ(printable_line("\033[2J\a\r\n\t\x7F"), "?[2J?????");
  EXPECT_EQ(printable_line("\xC2\x9B"
                           "31m"),
            "??31m")
      << "the C1 form of the escape";
  EXPECT_EQ(printable_line("\xFF\xC3"), "??");
  EXPECT_EQ(printable_line("\xE6\x97"), "??") << "cut short";
}

TEST(Printable, NoLongerWayToWriteAControl) {
  EXPECT_EQ(printable_line("\xC0\x9B"), "??");
  EXPECT_EQ(printable_line("\xE0\x82\x9B"), "???");
  EXPECT_EQ(printable_line("\xF0\x80\x82\x9B"), "????");
  EXPECT_EQ(printable_line("\xED\xA0\x80"), "???") << "half of a pair";
  EXPECT_EQ(printable_line("\xF4\x90\x80\x80"), "????") << "beyond the last one";
}

}  // namespace
}  // namespace warren
