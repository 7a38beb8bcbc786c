#include "state/id_range.h"

#include <gmock/gmock.h>

#include "state/paths.h"

namespace warren::state {
namespace {

TEST(IdRange, SubordinateIds) {
  const auto spans =
      parse_subordinate_ids("alice:524288:65536\n\nbroken\nbob:x:1\ncarol:1000000:10\n");
  EXPECT_TRUE(overlaps(spans, 524288));
  EXPECT_FALSE(overlaps(spans, 524288 + 65536));
  EXPECT_TRUE(overlaps(spans, 983040));  // carol's ten are in it
  EXPECT_FALSE(overlaps({}, 524288));
}

TEST(IdRange, HugeSpansDoNotWrap) {
  const auto spans = parse_subordinate_ids("a:4294967295:4294967295\nb:600000:4294967295\n");
  EXPECT_FALSE(overlaps(spans, 524288 - 65536 * 2));
  EXPECT_TRUE(overlaps(spans, 1878917120));
}

TEST(IdRange, Users) {
  const auto spans = parse_user_ids("root:x:0:0::/:/bin/sh\nldap:x:700000:1::/:/bin/sh\nbad:x\n");
  EXPECT_TRUE(overlaps(spans, 655360));
  EXPECT_FALSE(overlaps(spans, 720896));
}

TEST(IdRange, WhereContainersHaveTheirs) {
  const auto on = [](std::string_view map) {
    const IdSpan span = ids_for_containers(map);
    return std::pair(span.first, span.count);
  };
  EXPECT_EQ(on("         0          0 4294967295\n"),
            std::pair(std::uint64_t{524288}, std::uint64_t{1878982656 - 524288}));
  EXPECT_EQ(on("0 524288 1048576\n"), std::pair(std::uint64_t{65536}, std::uint64_t{15 * 65536}));
  EXPECT_EQ(on("0 1000000 262144\n"), std::pair(std::uint64_t{65536}, std::uint64_t{196608}));
  EXPECT_EQ(on("0 1000 1\n1 100000 200000\n"),
            std::pair(std::uint64_t{65536}, std::uint64_t{131072}));
  EXPECT_EQ(on("0 1000000 65536\n").second, 0U);
  EXPECT_EQ(on("").second, 0U);
}

TEST(Paths, BelowARoot) {
  EXPECT_EQ(Paths::below("").run, "/run/warren");
  EXPECT_EQ(Paths::below("").cgroup, "warren");
  const auto paths = Paths::below("/tmp/x");
  EXPECT_EQ(paths.run, "/tmp/x/run/warren");
  EXPECT_EQ(paths.state, "/tmp/x/var/lib/warren");
  EXPECT_NE(paths.cgroup, Paths::below("/tmp/y").cgroup);
}

}  // namespace
}  // namespace warren::state
