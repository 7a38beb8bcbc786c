#include "config/ini.h"

#include <gmock/gmock.h>

#include <random>

#include "base/text.h"

namespace warren::config {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> parsed(std::string_view text) {
  auto settings = parse_ini(text, "f");
  if (!settings) {
    return {settings.error().message()};
  }
  std::vector<std::string> lines;
  for (const auto& one : *settings) {
    lines.push_back(cat(one.line, " ", one.section, ".", one.key, "=", one.value));
  }
  return lines;
}

TEST(Ini, SectionsAndAssignments) {
  EXPECT_THAT(parsed("[Exec]\nBoot=yes\n\n[Files]\n Bind = /a:/b \n[Exec]\nUser=x=y"),
              ElementsAre("2 Exec.Boot=yes", "5 Files.Bind=/a:/b", "7 Exec.User=x=y"));
  EXPECT_THAT(parsed(""), IsEmpty());
  EXPECT_THAT(parsed("[Exec]"), IsEmpty());
  EXPECT_THAT(parsed("\xEF\xBB\xBF[Exec]\r\nBoot=yes\r\n"), ElementsAre("2 Exec.Boot=yes"));
}

TEST(Ini, Comments) {
  EXPECT_THAT(parsed("# a\n  ; b\n[Exec]\n#Boot=yes\nUser=a # b ; c\n"),
              ElementsAre("5 Exec.User=a # b ; c"));
}

TEST(Ini, LinesThatGoOn) {
  EXPECT_THAT(parsed("[Exec]\nParameters=a \\\n  b\\\n c\nUser=x\n"),
              ElementsAre("2 Exec.Parameters=a    b  c", "5 Exec.User=x"));
  EXPECT_THAT(parsed("[Exec]\nParameters=a\\\n# between\n; too\nb\n"),
              ElementsAre("2 Exec.Parameters=a b"));
  EXPECT_THAT(parsed("[Exec]\nUser=a\\\\\nHostname=b\n"),
              ElementsAre("2 Exec.User=a\\\\", "3 Exec.Hostname=b"));
  EXPECT_THAT(parsed("[Exec]\nUser=a\\"), ElementsAre("2 Exec.User=a"));
  EXPECT_THAT(parsed("[Exec]\nUser=a\\\n\nHostname=b\n"),
              ElementsAre("2 Exec.User=a", "4 Exec.Hostname=b"));
}

TEST(Ini, AnEmptyAssignmentTakesBackThoseBefore) {
  EXPECT_THAT(parsed("[Files]\nBind=/a\nBind=/b\nBindReadOnly=/c\nBind=\nBind=/d\n"),
              ElementsAre("4 Files.BindReadOnly=/c", "6 Files.Bind=/d"));
  EXPECT_THAT(parsed("[Exec]\nUser=a\n[Files]\nUser=\n"), ElementsAre("2 Exec.User=a"));
}

TEST(Ini, Mistakes) {
  EXPECT_THAT(parsed("[Exec]\n\nBoot yes\n"),
              ElementsAre("f:3: it is neither [SECTION] nor KEY=VALUE"));
  EXPECT_THAT(parsed("=yes\n"), ElementsAre("f:1: it is neither [SECTION] nor KEY=VALUE"));
  EXPECT_THAT(parsed("Boot=yes\n"), ElementsAre("f:1: a [SECTION] comes first"));
  EXPECT_THAT(parsed("[Exec\n"), ElementsAre("f:1: a section is [NAME]"));
  EXPECT_THAT(parsed("[]\n"), ElementsAre("f:1: a section is [NAME]"));
  EXPECT_THAT(parsed("[Exec]\nUser=a\\\n\\\nb\\\nBoot\n[Files\n"),
              ElementsAre("f:6: a section is [NAME]"));
  EXPECT_THAT(parsed(std::string_view("[Exec]\nUser=a\0b\n", 16)),
              ElementsAre("f:2: it has a control character"));
  EXPECT_THAT(parsed("[Exec]\n# \x1b[2J\n"), ElementsAre("f:2: it has a control character"));
}

TEST(Ini, HowMuchAFileMayHave) {
  std::string text = "[Files]\n";
  for (int i = 0; i < 4096; ++i) {
    text += "Bind=/a\n";
  }
  EXPECT_EQ(parsed(text).size(), 4096U);
  EXPECT_THAT(parsed(text + "Bind=/a\n"), ElementsAre("f:4098: there are more than 4096 settings"));
  EXPECT_THAT(parsed(cat("[Exec]\nUser=", std::string(200000, 'x'), "\n")),
              ElementsAre(cat("2 Exec.User=", std::string(200000, 'x'))));
  // Each empty line looks at all that are there: still no time to speak of.
  for (int i = 0; i < 60000; ++i) {
    text += "X=\n";
  }
  EXPECT_EQ(parsed(text.substr(0, text.size() - 8)).size(), 1U);
}

TEST(Ini, Words) {
  EXPECT_THAT(*split_words(" a  b\tc "), ElementsAre("a", "b", "c"));
  EXPECT_THAT(*split_words("a 'b c' \"d 'e'\" f' g'h ''"),
              ElementsAre("a", "b c", "d 'e'", "f gh", ""));
  EXPECT_THAT(*split_words(R"(a\nb 'c\')"), ElementsAre("a\\nb", "c\\"));
  EXPECT_THAT(*split_words(""), IsEmpty());
  EXPECT_FALSE(split_words("a 'b"));
  EXPECT_FALSE(split_words("a \""));
}

TEST(Ini, AnyBytesAreReadOrRefused) {
  std::mt19937 random(1);  // NOLINT: the same bytes each time
  constexpr std::string_view kPieces[] = {
      "[", "]",  "[Exec]\n", "\n",   "=",     "\\",   "\\\n",         "#",    ";", "'", "\"",
      " ", "\t", "\r\n",     "Boot", "Bind=", "\x80", "\xEF\xBB\xBF", "\xff", "x"};
  int fine = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (auto count = random() % 24; count > 0; --count) {
      text += random() % 40 == 0 ? std::string(1, static_cast<char>(random()))
                                 : std::string(kPieces[random() % std::size(kPieces)]);
    }
    const auto settings = parse_ini(text, "f");
    if (!settings) {
      EXPECT_TRUE(settings.error().message().starts_with("f:")) << settings.error().message();
      continue;
    }
    ++fine;
    for (const auto& one : *settings) {
      EXPECT_FALSE(one.section.empty() || one.key.empty() || one.value.empty());
      EXPECT_EQ(trim(one.value), one.value);
      EXPECT_EQ(one.value.find('\n'), std::string::npos);
      (void)split_words(one.value);
    }
  }
  EXPECT_GT(fine, 1000);
}

}  // namespace
}  // namespace warren::config
