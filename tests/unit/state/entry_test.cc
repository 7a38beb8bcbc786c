#include "state/entry.h"

#include <gtest/gtest.h>

#include <string>

namespace warren::state {
namespace {

Entry example() {
  return {.leader = 42,
          .leader_start = 123456789,
          .cgroup = "warren.box",
          .user_namespace = false,
          .bounding = 0xfdecafff,
          .no_new_privileges = true,
          .personality = 8,
          .environment = {"PATH=/bin", "TWO=a\nb=c", "EMPTY="},
          .weakenings = {{"--nesting", "More."}, {"--bind=/a\nb", "Much more."}},
          .filter = std::string("\0\1\2\0\0", 5)};
}

TEST(EntryFile, ComesBackAsItWas) {
  for (const auto& one : {example(), Entry{.leader = 1, .leader_start = 0}}) {
    const auto back = parse_entry(to_text(one));
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(*back, one);
  }
}

TEST(EntryFile, RefusesWhatIsCutOffOrUnknown) {
  const std::string whole = to_text(example());
  const std::size_t list = whole.size() - 5;  // the filter may have any length
  for (std::size_t length = 0; length < list; ++length) {
    EXPECT_FALSE(parse_entry(whole.substr(0, length))) << length;
  }
  EXPECT_FALSE(parse_entry(std::string("leader=1\0what=2\0\0", 17)));
  EXPECT_FALSE(parse_entry(std::string("leader=x\0\0", 10)));
  EXPECT_FALSE(parse_entry(std::string("\0", 1)));
}

}  // namespace
}  // namespace warren::state
