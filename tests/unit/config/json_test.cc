#include "config/json.h"

#include <gtest/gtest.h>

#include <limits>

#include "config/toml.h"

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
  auto value = parse_json(text, "a.json", problems);
  EXPECT_TRUE(value) << all(problems);
  return value.value_or(Value());
}

std::string problem_of(std::string_view text) {
  Problems problems;
  EXPECT_FALSE(parse_json(text, "a.json", problems));
  return all(problems);
}

TEST(Json, KnowsThePlaceOfEverything) {
  const Value value =
      parse("{\"b\": {\n  \"ä\\\"\": [ 1, -2.5e3,true ,null, \"x\"],\n\t\"c\":{}}}");
  EXPECT_EQ(value.at.text(), "a.json:1:1");
  const Member& b = *value.find("b");
  EXPECT_EQ(b.at.text(), "a.json:1:2");
  EXPECT_EQ(b.value.at.text(), "a.json:1:7");
  const Member& list = *b.value.find("ä\"");
  EXPECT_EQ(list.at.text(), "a.json:2:3");
  EXPECT_EQ(list.value.at.text(), "a.json:2:10");
  const auto& items = *list.value.array();
  ASSERT_EQ(items.size(), 5U);
  EXPECT_EQ(items[0].at.text(), "a.json:2:12");
  EXPECT_EQ(items[1].at.text(), "a.json:2:15");
  EXPECT_EQ(items[2].at.text(), "a.json:2:22");
  EXPECT_EQ(items[3].at.text(), "a.json:2:28");
  EXPECT_EQ(items[4].at.text(), "a.json:2:34");
  EXPECT_EQ(b.value.find("c")->value.at.text(), "a.json:3:6");
}

TEST(Json, RefusesWhatIsAmbiguousOrMalformed) {
  EXPECT_EQ(problem_of("{\"a\": 1,\n \"a\": 2}"), "a.json:2:2: the key 'a' is there twice\n");
  EXPECT_EQ(problem_of("{\"a\": 9223372036854775808}"), "a.json:1:7: the number is too large\n");
  EXPECT_EQ(problem_of("{\"a\": 1e999}"), "a.json:1:7: the number is too large\n");
  EXPECT_EQ(problem_of("{\"a\": }").substr(0, 51),
            "a.json:1:8: the JSON is malformed: unexpected '}'; ");
  for (const auto* text : {"", "{", "[1,]", "{\"a\" 1}", "nul", "\"\xFF\"", "[1] 2", "\"a\nb\""}) {
    EXPECT_NE(problem_of(text), "") << text;
  }
}

TEST(Json, BoundsWhatItReads) {
  EXPECT_EQ(problem_of(std::string(100000, '[')), "a.json:1:33: it is nested too deeply\n");
  EXPECT_EQ(problem_of(std::string(kLargestText + 1, ' ')),
            "a.json: the file is larger than 4 MiB\n");
}

TEST(Json, WritesForPeopleAndForPipes) {
  const Value value = Value::table(
      {{"name", "web"}, {"leader", 17}, {"list", Value::Array{1, 2.0}}, {"n", Value()}});
  EXPECT_EQ(to_json(value, JsonForm::OneLine),
            R"({"name":"web","leader":17,"list":[1,2.0],"n":null})");
  EXPECT_EQ(to_json(Value::table({{"a", Value::Array{}}, {"b", Value::Array{1}}})),
            "{\n  \"a\": [],\n  \"b\": [\n    1\n  ]\n}\n");
  EXPECT_EQ(parse(to_json(value)), value);
}

TEST(Json, WritesOnlyValidUnicode) {
  const auto written = [](std::string_view text) {
    return to_json(Value(text), JsonForm::OneLine);
  };
  EXPECT_EQ(written(std::string_view("\0\x1f\x7f\"\\\n", 6)), R"("\u0000\u001f\u007f\"\\\n")");
  EXPECT_EQ(written("ä€😀"), "\"ä€😀\"");
  EXPECT_EQ(written("a\xFFz\xC3"), "\"a\uFFFDz\uFFFD\"");
  EXPECT_EQ(written("\xED\xA0\x80"), "\"\uFFFD\uFFFD\uFFFD\"");  // a surrogate
  EXPECT_EQ(written("\xC0\x80"), "\"\uFFFD\uFFFD\"");            // overlong
  EXPECT_EQ(written("\xF4\x90\x80\x80"), "\"\uFFFD\uFFFD\uFFFD\uFFFD\"");
  EXPECT_EQ(to_json(std::numeric_limits<double>::infinity(), JsonForm::OneLine), "null");
}

}  // namespace
}  // namespace warren::config
