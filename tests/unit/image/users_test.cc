#include "image/users.h"

#include <gmock/gmock.h>

namespace warren::image {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kPasswd =
    "root:x:0:0:root:/root:/bin/bash\n"
    "# comment\n"
    "broken:x:1\n"
    "evil:x:4294967295:0::/:/bin/sh\n"
    "negative:x:-1:0::/:/bin/sh\n"
    ":x:9:9::/:/bin/sh\n"
    "alice:x:1000:100:Alice:/home/alice:/bin/zsh\n"
    "lost:x:1001:100::not/absolute:\n";
constexpr std::string_view kGroup =
    "users:x:100:alice\nwheel:x:10:root,alice\nalicex:x:11:alicex\nbad:x:y:alice\nwheel2:x:10:"
    "alice\n";

TEST(Users, ByNameAndNumber) {
  const auto alice = find_user("alice", kPasswd, kGroup);
  EXPECT_EQ(alice->uid, 1000U);
  EXPECT_EQ(alice->gid, 100U);
  EXPECT_THAT(alice->groups, ElementsAre(100, 10));
  EXPECT_EQ(alice->home, "/home/alice");
  EXPECT_EQ(alice->shell, "/bin/zsh");
  EXPECT_EQ(find_user("1000", kPasswd, kGroup)->name, "alice");
}

TEST(Users, NumbersNeedNoEntry) {
  const auto user = find_user("4711", kPasswd, kGroup);
  EXPECT_EQ(user->uid, 4711U);
  EXPECT_EQ(user->gid, 4711U);
  EXPECT_EQ(user->home, "/");
}

TEST(Users, RootNeedsNoEntry) {
  EXPECT_EQ(find_user("root", "", "")->uid, 0U);
  EXPECT_EQ(find_user("root", "alice:x:1:1::/:\n", "")->home, "/root");
  EXPECT_EQ(find_user("root", "root:x:0:0::/elsewhere:\n", "")->home, "/elsewhere");
}

TEST(Users, NonsenseIsNobody) {
  for (const auto* who :
       {"bob", "broken", "evil", "negative", "", "4294967295", "-1", "# comment"}) {
    EXPECT_FALSE(find_user(who, kPasswd, kGroup)) << who;
  }
  EXPECT_EQ(find_user("lost", kPasswd, kGroup)->home, "/");
}

TEST(Users, GroupsAreBounded) {
  std::string many;
  for (int i = 0; i < 5000; ++i) {
    many += "g:x:" + std::to_string(i + 2000) + ":alice\n";
  }
  EXPECT_EQ(find_user("alice", kPasswd, many)->groups.size(), 1024U);
}

}  // namespace
}  // namespace warren::image
