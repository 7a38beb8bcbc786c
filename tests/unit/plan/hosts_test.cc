#include "plan/hosts.h"

#include <gtest/gtest.h>

namespace warren::plan {
namespace {

const std::string kOthers = "127.0.0.1 localhost\n# mine\n10.0.0.1\tweb.containers web\n";
const std::string kBegin = "# warren: containers that run; do not write here\n";
const std::string kEnd = "# warren: end\n";

TEST(Hosts, NamesComeAndGoAndTheRestStays) {
  const auto one = with_names(kOthers, "web", {"10.231.0.2", "fc00::2"});
  EXPECT_EQ(
      one, kOthers + kBegin + "10.231.0.2 web.containers web\nfc00::2 web.containers web\n" + kEnd);
  const auto two = with_names(one + "10.0.0.9 later\n", "db", {"10.231.0.4"});
  EXPECT_EQ(two, kOthers + kBegin +
                     "10.231.0.2 web.containers web\nfc00::2 web.containers web\n"
                     "10.231.0.4 db.containers db\n" +
                     kEnd + "10.0.0.9 later\n");
  EXPECT_EQ(named_containers(two), (std::vector<std::string>{"web", "db"}));
  const auto moved = with_names(two, "web", {"10.231.0.6"});
  EXPECT_EQ(moved, kOthers + kBegin +
                       "10.231.0.4 db.containers db\n10.231.0.6 web.containers web\n" + kEnd +
                       "10.0.0.9 later\n");
  const auto none = with_names(with_names(moved, "db", {}), "web", {});
  EXPECT_EQ(none, kOthers + "10.0.0.9 later\n");
  EXPECT_EQ(with_names(none, "web", {}), none);
  EXPECT_EQ(without_names(two), none);
  EXPECT_EQ(without_names(none), none);
  const auto ours = kOthers + kBegin + "somebody wrote here\n" + kEnd;
  EXPECT_EQ(without_names(with_names(ours, "web", {"10.0.0.1"})), ours);
}

TEST(Hosts, FilesThatAreOddStayAsTheyAre) {
  EXPECT_EQ(with_names("", "a", {}), "");
  EXPECT_EQ(with_names("", "a", {"10.0.0.1"}), kBegin + "10.0.0.1 a.containers a\n" + kEnd);
  EXPECT_EQ(with_names("no line end", "a", {"10.0.0.1"}),
            "no line end\n" + kBegin + "10.0.0.1 a.containers a\n" + kEnd);
  // Somebody has cut the block: what is left of it is theirs.
  const std::string cut = kBegin + "10.0.0.1 a.containers a\n";
  EXPECT_EQ(with_names(cut, "a", {}), cut);
  const std::string in_a_comment = "# see " + kBegin + kEnd;
  EXPECT_EQ(with_names(in_a_comment, "a", {}), in_a_comment);
}

}  // namespace
}  // namespace warren::plan
