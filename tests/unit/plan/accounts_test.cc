#include "plan/accounts.h"

#include <gmock/gmock.h>

namespace warren::plan {
namespace {

using spec::DeclaredGroup;
using spec::DeclaredUser;
using testing::HasSubstr;

Accounts present() {
  return {.passwd =
              "root:x:0:0:root:/root:/bin/sh\n"
              "alice:x:1000:1000:Alice:/home/alice:/bin/bash\n",
          .group = "root:x:0:\nwheel:x:10:root\nalice:x:1000:\n",
          .shadow = "root:*:19000:0:99999:7:::\nalice:$6$old$hash:19000:0:99999:7:::\n"};
}

DeclaredUser bob() {
  return {.name = "bob",
          .group = {},
          .extra_groups = {"wheel"},
          .home = "/home/bob",
          .hashed_password = "$6$salt$a$b"};
}

TEST(Accounts, StayAsTheyAreWhenNothingIsDeclared) {
  const Accounts odd = {.passwd = "not a line\n\nroot:x:0:0::/:/bin/sh", .group = {}, .shadow = {}};
  const auto merged = merge_accounts(odd, {}, {}, true);
  ASSERT_TRUE(merged);
  EXPECT_EQ(*merged, odd);
}

TEST(Accounts, ANumberThatIsNoneIsNobodyElses) {
  Accounts odd = present();
  odd.passwd += "bob:x:10zz:1001::/home/bob:/bin/sh\n";
  const auto merged = merge_accounts(odd, {bob()}, {}, false);
  ASSERT_TRUE(merged) << merged.error().message();
  EXPECT_THAT(merged->passwd, HasSubstr("bob:x:1001:"));
  odd.group += "bob:x:10zz:\n";
  const auto refused = merge_accounts(odd, {bob()}, {}, false);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("its group bob is nowhere"));
}

TEST(Accounts, ANewUserGetsTheNextNumberAndAGroupOfItsOwn) {
  const auto merged = merge_accounts(present(), {bob()}, {}, true);
  ASSERT_TRUE(merged) << merged.error().message();
  EXPECT_EQ(merged->passwd, present().passwd + "bob:x:1001:1001::/home/bob:/bin/sh\n");
  EXPECT_THAT(merged->group, HasSubstr("bob:x:1001:\n"));
  EXPECT_THAT(merged->group, HasSubstr("wheel:x:10:root,bob\n"));
  EXPECT_THAT(merged->shadow, HasSubstr("bob:$6$salt$a$b:1:0:99999:7:::\n"));
  const auto again = merge_accounts(*merged, {bob()}, {}, true);
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, *merged);
}

TEST(Accounts, WhatIsPresentWinsWhereUsersAreMutable) {
  DeclaredUser alice = bob();
  alice.name = "alice";
  alice.uid = 2000;
  const auto merged = merge_accounts(present(), {alice}, {{"wheel", 99, {}}}, true);
  ASSERT_TRUE(merged) << merged.error().message();
  EXPECT_EQ(merged->passwd, present().passwd);
  EXPECT_EQ(merged->shadow, present().shadow);
  EXPECT_THAT(merged->group, HasSubstr("wheel:x:10:root,alice\n"));
}

TEST(Accounts, WhatIsDeclaredWinsWhereTheyAreNot) {
  DeclaredUser alice = bob();
  alice.name = "alice";
  alice.uid = 2000;
  const auto merged = merge_accounts(present(), {alice}, {{"wheel", 99, {}}}, false);
  ASSERT_TRUE(merged) << merged.error().message();
  EXPECT_THAT(merged->passwd, HasSubstr("alice:x:2000:1000::/home/bob:/bin/sh\n"));
  EXPECT_THAT(merged->shadow, HasSubstr("alice:$6$salt$a$b:19000:"));
  EXPECT_THAT(merged->group, HasSubstr("wheel:x:99:root,alice\n"));
}

TEST(Accounts, APasswordIsSetWhereThereIsNoneYet) {
  const auto merged = merge_accounts(
      present(), {{.name = "root", .group = {}, .home = {}, .hashed_password = "$y$j"}}, {}, true);
  ASSERT_TRUE(merged);
  EXPECT_THAT(merged->shadow, HasSubstr("root:$y$j:19000:"));
  EXPECT_EQ(merged->passwd, present().passwd);
}

TEST(Accounts, NumbersAreTakenOnce) {
  DeclaredUser clash = bob();
  clash.uid = 1000;
  const auto merged = merge_accounts(present(), {clash}, {}, true);
  ASSERT_FALSE(merged);
  EXPECT_THAT(merged.error().message(), HasSubstr("user bob: number 1000 is alice's already"));
  EXPECT_FALSE(merge_accounts(present(), {}, {{"new", 10, {}}}, true));
}

TEST(Accounts, AGroupThatIsNowhereIsRefused) {
  DeclaredUser lost = bob();
  lost.extra_groups = {"nowhere"};
  EXPECT_FALSE(merge_accounts(present(), {lost}, {}, true));
  lost.extra_groups = {};
  lost.group = "nowhere";
  EXPECT_FALSE(merge_accounts(present(), {lost}, {}, true));
  EXPECT_TRUE(merge_accounts(present(), {lost}, {{"nowhere", {}, {"bob", "alice"}}}, true));
}

TEST(Accounts, LinesThatAreNoEntriesStay) {
  Accounts odd = present();
  odd.passwd += "+\n# comment\nbroken:x\n";
  const auto merged = merge_accounts(odd, {bob()}, {}, true);
  ASSERT_TRUE(merged);
  EXPECT_THAT(merged->passwd, HasSubstr("+\n# comment\nbroken:x\n"));
}

TEST(Accounts, FindsNumbers) {
  EXPECT_EQ(*find_account("alice", present().passwd), 1000U);
  EXPECT_EQ(*find_account("33", present().passwd), 33U);
  EXPECT_EQ(*find_account("root", ""), 0U);
  EXPECT_FALSE(find_account("nobody-here", present().passwd));
  EXPECT_EQ(*find_primary_group("alice", present().passwd), 1000U);
}

}  // namespace
}  // namespace warren::plan
