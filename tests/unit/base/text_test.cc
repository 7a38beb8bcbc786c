#include "base/text.h"

#include <gmock/gmock.h>

#include <array>

namespace warren {
namespace {

using ::testing::ElementsAre;

TEST(Text, SplitKeepsEmptyParts) {
  EXPECT_THAT(split("a::b:", ':'), ElementsAre("a", "", "b", ""));
  EXPECT_THAT(split("", ':'), ElementsAre(""));
}

TEST(Text, SplitEscapedTakesTheMeaningAway) {
  EXPECT_THAT(split_escaped("a\\:b:c", ':'), ElementsAre("a:b", "c"));
  EXPECT_THAT(split_escaped("a\\\\:b", ':'), ElementsAre("a\\", "b"));
  EXPECT_THAT(split_escaped("a\\", ':'), ElementsAre("a\\"));
  EXPECT_THAT(split_escaped("", ':'), ElementsAre(""));
}

TEST(Text, Join) {
  EXPECT_EQ(join(std::vector<std::string>{}, ", "), "");
  EXPECT_EQ(join(std::vector<std::string>{"a"}, ", "), "a");
  EXPECT_EQ(join(std::vector<std::string>{"a", "", "b"}, ", "), "a, , b");
}

TEST(Text, Trim) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
}

TEST(Text, NumbersAreWholeTexts) {
  EXPECT_EQ(parse_number<int>("42"), 42);
  EXPECT_EQ(parse_number<int>("-42"), -42);
  EXPECT_EQ(parse_number<unsigned>("ff", 16), 255U);
  for (const auto* text : {"", " 1", "1 ", "1x", "+1", "0x10", "99999999999999999999"}) {
    EXPECT_EQ(parse_number<int>(text), std::nullopt) << text;
  }
  EXPECT_EQ(parse_number<unsigned>("-1"), std::nullopt);
}

TEST(Text, BooleansAreSystemds) {
  for (const auto* text : {"1", "yes", "Y", "true", "T", "ON"}) {
    EXPECT_EQ(parse_boolean(text), true) << text;
  }
  for (const auto* text : {"0", "no", "N", "false", "f", "Off"}) {
    EXPECT_EQ(parse_boolean(text), false) << text;
  }
  EXPECT_EQ(parse_boolean(""), std::nullopt);
  EXPECT_EQ(parse_boolean("maybe"), std::nullopt);
}

TEST(Text, Sizes) {
  EXPECT_EQ(parse_size("0"), 0U);
  EXPECT_EQ(parse_size("4K"), 4096U);
  EXPECT_EQ(parse_size("3T"), std::uint64_t{3} << 40);
  EXPECT_EQ(parse_size("18446744073709551615"), UINT64_MAX);
  for (const auto* text : {"", "K", "-1", "1KB", "1k", "18446744073709551615K"}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
}

TEST(Text, EscapesOfC) {
  EXPECT_EQ(unescape_c("a\\n\\t\\\\\\x41\\101\\s"), "a\n\t\\AA ");
  EXPECT_EQ(unescape_c("\\x00").value().size(), 1U);
  EXPECT_EQ(unescape_c("\\0").value(), std::string(1, '\0'));
  for (const auto* text : {"\\", "\\q", "\\x", "\\xg", "\\777"}) {
    EXPECT_EQ(unescape_c(text), std::nullopt) << text;
  }
}

TEST(Text, NearestIsCloseOrNothing) {
  constexpr std::array<std::string_view, 3> kWords = {"spawn", "start", "status"};
  EXPECT_EQ(nearest("spwan", kWords), "spawn");
  EXPECT_EQ(nearest("statu", kWords), "status");
  EXPECT_EQ(nearest("destroy", kWords), "");
  EXPECT_EQ(nearest("", kWords), "");
}

TEST(Text, CatTakesTextsAndNumbers) {
  EXPECT_EQ(cat("uid ", 3, ':', std::string("x"), std::string_view("y"), UINT64_MAX),
            "uid 3:xy18446744073709551615");
  EXPECT_EQ(cat(), "");
}

TEST(Text, HashNeverChanges) {
  EXPECT_EQ(hash(""), 14695981039346656037U);
  EXPECT_EQ(hash("a"), 12638187200555641996U);
}

}  // namespace
}  // namespace warren
