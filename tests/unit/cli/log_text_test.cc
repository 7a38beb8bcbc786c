#include "cli/log_text.h"

#include <gtest/gtest.h>

namespace warren::cli {
namespace {

TEST(LogText, KeepsTextAndColours) {
  EXPECT_EQ(printable("plain\ttext\n"), "plain\ttext\n");
  EXPECT_EQ(printable("\x1b[1;31mred\x1b[0m\r\n"), "\x1b[1;31mred\x1b[0m\n");
  EXPECT_EQ(printable("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
}

TEST(LogText, TakesAllElseFromATerminal) {
  EXPECT_EQ(printable("\x1b]0;title\a"), "?]0;title?");
  EXPECT_EQ(printable("\x1b[2J\x1b[6n"), "?[2J?[6n");
  EXPECT_EQ(printable("\x1bP+q\x1b\\"), "?P+q?\\");
  EXPECT_EQ(printable("\xc2\x9b"
                      "2J"),
            "??2J");
  EXPECT_EQ(printable(std::string_view("\0\b\x7f", 3)), "???");
  EXPECT_EQ(printable("\x1b["), "?[");
}

TEST(LogText, NothingBecomesAControlByWhatIsLeftOut) {
  EXPECT_EQ(printable("\xc2\r\x9b"
                      "2J"),
            "??2J");
}

}  // namespace
}  // namespace warren::cli
