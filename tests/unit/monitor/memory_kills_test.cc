#include "monitor/memory_kills.h"

#include <gtest/gtest.h>

namespace warren::monitor {
namespace {

TEST(MemoryKills, AreReadFromTheirLine) {
  EXPECT_EQ(parse_memory_kills("low 0\nhigh 4\nmax 9\noom 2\noom_kill 3\noom_group_kill 1\n"), 3U);
  EXPECT_EQ(parse_memory_kills("oom 2\noom_group_kill 1\n"), 0U);
  EXPECT_EQ(parse_memory_kills("oom_kill x\n"), 0U);
  EXPECT_EQ(parse_memory_kills(""), 0U);
}

TEST(MemoryKills, WithoutAControllerNothingIsCounted) {
  EXPECT_EQ(MemoryKills::open(-1).count(), 0U);
}

}  // namespace
}  // namespace warren::monitor
