#include "config/edit.h"

#include <gtest/gtest.h>

#include "config/toml.h"

namespace warren::config {
namespace {

/// The table as TOML after the assignments, or the first error.
std::string after(std::initializer_list<std::string_view> assignments) {
  Value table = Value::table();
  for (const auto one : assignments) {
    if (const auto done = set(table, one); !done) {
      return done.error().message();
    }
  }
  return to_toml(table);
}

TEST(Set, TakesTheValueAsItsKeyWantsIt) {
  EXPECT_EQ(after({"autoStart=true"}), "autoStart = true\n");
  EXPECT_EQ(after({"hostName=web"}), "hostName = \"web\"\n");
  EXPECT_EQ(after({"hostName=123"}), "hostName = \"123\"\n");
  EXPECT_EQ(after({"hostName=true"}), "hostName = \"true\"\n");
  EXPECT_EQ(after({"hostName=\"web\""}), "hostName = \"web\"\n");
  EXPECT_EQ(after({"hostAddress=10.0.0.1"}), "hostAddress = \"10.0.0.1\"\n");
  EXPECT_EQ(after({"packages=[\"a\", \"b\"]"}), "packages = [\"a\", \"b\"]\n");
  EXPECT_EQ(after({"environment.A=1=2"}), "environment = { A = \"1=2\" }\n");
  EXPECT_EQ(after({"environment.A=7"}), "environment = { A = \"7\" }\n");
  EXPECT_EQ(after({"hostName="}), "hostName = \"\"\n");
}

TEST(Set, GoesIntoTables) {
  EXPECT_EQ(after({"limits.memory=1G", "limits.tasks=10", "limits.memory=2G"}),
            "limits = { memory = \"2G\", tasks = 10 }\n");
  EXPECT_EQ(after({"bindMounts.\"/a=b\".hostPath=/srv"}),
            "[bindMounts]\n\"/a=b\" = { hostPath = \"/srv\" }\n");
  EXPECT_EQ(after({"limits={ memory = 1 }", "limits.tasks=2"}),
            "limits = { memory = 1, tasks = 2 }\n");
}

TEST(Set, IsOneSettingAndNoMore) {
  EXPECT_EQ(after({"autoStart"}), "autoStart: it is KEY=VALUE");
  EXPECT_EQ(after({"a/b=1"}),
            "a/b: it is no key (parts with other characters than letters, digits, - and _ are in "
            "quotes)");
  EXPECT_EQ(after({"=1"}).substr(0, 13), "it is no key ");
  EXPECT_EQ(after({"a =1\nb=1"}), "a = \"1\\nb=1\"\n");
  EXPECT_EQ(after({"autoStart=true\nreadOnly=true"}), "autoStart = \"true\\nreadOnly=true\"\n");
  EXPECT_EQ(after({"a=1", "a.b=2"}), "a.b: it is below a whole number, not below a table");
}

}  // namespace
}  // namespace warren::config
