#include "config/toml.h"

#include <gtest/gtest.h>

#include "config/json.h"

namespace warren::config {
namespace {

std::string all(const Problems& problems) {
  std::string out;
  for (const auto& problem : problems) {
    out += problem.text() + "\n";
  }
  return out;
}

Value parse(std::string_view text) {
  Problems problems;
  auto value = parse_toml(text, "a.toml", problems);
  EXPECT_TRUE(value) << all(problems);
  return value.value_or(Value());
}

std::string problem_of(std::string_view text) {
  Problems problems;
  EXPECT_FALSE(parse_toml(text, "a.toml", problems));
  return all(problems);
}

TEST(Toml, KeepsTheOrderOfKeysAndTheirPlaces) {
  const Value value = parse("b = 1\n\n[zoo.\"x y\"]\n  key = [true, \"ä\", 1.5]\na = {}\n");
  ASSERT_EQ(value.members()->size(), 2U);
  EXPECT_EQ((*value.members())[0].key, "b");
  const Value& inner = value.find("zoo")->value.find("x y")->value;
  EXPECT_EQ(inner.find("key")->at.text(), "a.toml:4:3");
  EXPECT_EQ(inner.find("key")->value.at.text(), "a.toml:4:9");
  EXPECT_EQ((*inner.find("key")->value.array())[2].at.text(), "a.toml:4:21");
  EXPECT_EQ(*(*inner.find("key")->value.array())[1].string(), "ä");
  EXPECT_EQ(inner.find("a")->at.text(), "a.toml:5:1");
}

TEST(Toml, SaysWhereTheMistakeIs) {
  EXPECT_EQ(problem_of("a = 1\nb = [1,\n").substr(0, 9), "a.toml:2:");
  EXPECT_EQ(problem_of("a = 1\na = 2\n").substr(0, 9), "a.toml:2:");
  EXPECT_EQ(problem_of("a = 1979-05-27\n"),
            "a.toml:1:5: no setting is a date or a time: put quotes around it\n");
  EXPECT_NE(problem_of("a = \"\xFF\"\n"), "");
}

TEST(Toml, AMistakeInATablesNameIsOneAsAnyOther) {
  for (const auto* text : {"[}", "[/", "a = 1\n[\n", "[[=", "[a.\n]"}) {
    EXPECT_EQ(problem_of(text).substr(0, 7), "a.toml:") << text;
  }
}

TEST(Toml, LettersBeyondAsciiAreInQuotes) {
  EXPECT_EQ(problem_of("a = 1\nhos\xCF\xA8t = 2\n"),
            "a.toml:2:4: letters beyond ASCII are in quotes, also in a key\n");
  EXPECT_NE(problem_of("a =\xC2\xA0 1\n"), "");  // a space that does not break
  parse("\xEF\xBB\xBF# ä\n\"ä\" = 'ä'\nb = \"\"\"ä\n\"ä\"\"\"\"\n");
}

TEST(Toml, BoundsWhatItReads) {
  std::string dots = "a";
  for (int i = 0; i < 100000; ++i) {
    dots += ".a";
  }
  EXPECT_EQ(problem_of(dots + " = 1\n"), "a.toml:1:34: the key has too many parts\n");
  EXPECT_NE(problem_of("[" + dots + "]\n"), "");
  EXPECT_NE(problem_of("a = " + std::string(100000, '[')), "");
  std::string tables = "a = ";
  for (int i = 0; i < 50000; ++i) {
    tables += "{a=";
  }
  EXPECT_NE(problem_of(tables), "");
  EXPECT_EQ(problem_of(std::string(kLargestText + 1, '\n')),
            "a.toml: the file is larger than 4 MiB\n");
}

TEST(Toml, DotsInStringsAndCommentsAndNumbersAreNotCounted) {
  const std::string dots(100, '.');
  parse("a = \"" + dots + "\" # " + dots + "\nb = '''\n" + dots + "\n" + dots + "'''\n");
  std::string list = "c = [1.5";
  for (int i = 0; i < 100; ++i) {
    list += ", 1.5";
  }
  parse(list + "]\n");
}

TEST(Toml, WritesWhatItReads) {
  const Value value = parse(
      "text = \"tab\\t quote\\\" \\u007f ä\"\nhalf = 0.5\nwhole = 2.0\nbig = 9223372036854775807\n"
      "[containers.web]\nlist = [[1, 2], []]\nsmall = { a = 1, \"b c\" = true }\n"
      "[[containers.web.many]]\nx = 1\n[[containers.web.many]]\nx = { y = 2 }\n"
      "[containers.web.deep.\"/srv/www\"]\nhostPath = \"/home/a\"\n");
  EXPECT_EQ(parse(to_toml(value)), value) << to_toml(value);
  EXPECT_EQ(to_toml(Value::table({{"a", Value()}, {"b", 1}})), "b = 1\n");
}

TEST(Toml, TablesFromTheSameTextAreEqualToJson) {
  Problems problems;
  const auto json = parse_json(R"({"a": [1, 2.5, "x"], "b": {"c": true}})", "a.json", problems);
  ASSERT_TRUE(json);
  EXPECT_EQ(parse("a = [1, 2.5, \"x\"]\nb.c = true\n"), *json);
}

}  // namespace
}  // namespace warren::config
