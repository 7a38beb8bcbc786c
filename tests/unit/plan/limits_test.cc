#include "plan/limits.h"

#include <gmock/gmock.h>

#include "base/text.h"

namespace warren::plan {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<DeviceFact> kDevices = {
    {.path = "/dev/sda2",
     .kind = DeviceFact::Kind::Block,
     .major = 8,
     .minor = 2,
     .disk_major = 8,
     .disk_minor = 0},
    {.path = "/dev/null", .kind = DeviceFact::Kind::Character, .major = 1, .minor = 3},
};

std::vector<std::string> lines(const Result<std::vector<CgroupSetting>>& settings) {
  std::vector<std::string> lines;
  for (const auto& one : *settings) {
    lines.push_back(cat(one.limit, " ", one.controller, " ", one.file, "=", one.value));
  }
  return lines;
}

TEST(Limits, NothingDeclaredWritesNothing) { EXPECT_THAT(*plan_limits({}, {}), IsEmpty()); }

TEST(Limits, EachHasItsFile) {
  spec::Limits limits;
  limits.memory = 512U << 20;
  limits.memory_high = 400U << 20;
  limits.swap = 0;
  limits.cpus = 1.5;
  limits.cpu_weight = 50;
  limits.tasks = 4096;
  limits.io_weight = 20;
  limits.io = {{.device = "/dev/sda2", .read_bandwidth = 1000, .write_operations = 5, .weight = 7}};
  EXPECT_THAT(
      lines(plan_limits(limits, kDevices)),
      ElementsAre("limits.memory memory memory.max=536870912",
                  "limits.memoryHigh memory memory.high=419430400",
                  "limits.swap memory memory.swap.max=0", "limits.cpus cpu cpu.max=150000 100000",
                  "limits.cpuWeight cpu cpu.weight=50", "limits.tasks pids pids.max=4096",
                  "limits.ioWeight io io.weight=default 20",
                  "limits.io io io.max=8:0 rbps=1000 wbps=max riops=max wiops=5",
                  "limits.io io io.weight=8:0 7"));
}

TEST(Limits, TheSmallestShareOfAProcessorIsWhatTheKernelTakes) {
  spec::Limits limits;
  limits.cpus = 0.001;
  EXPECT_EQ(plan_limits(limits, {})->front().value, "1000 100000");
}

TEST(Limits, ADiskHasToBeThereAndBeOne) {
  for (const char* path : {"/dev/null", "/dev/nonesuch"}) {
    spec::Limits limits;
    limits.io = {{.device = path, .read_bandwidth = 1}};
    const auto planned = plan_limits(limits, kDevices);
    ASSERT_FALSE(planned) << path;
    EXPECT_THAT(planned.error().message(), testing::HasSubstr(path));
  }
}

TEST(Limits, OnlyWhatDiffersIsChangedAndWhatGoesIsTakenBack) {
  spec::Limits before;
  before.memory = 100;
  before.tasks = 10;
  before.cpus = 2;
  before.cpu_weight = 7;
  before.io = {{.device = "/dev/sda2", .read_bandwidth = 1000, .weight = 7}};
  EXPECT_THAT(*plan_limit_changes(before, before, kDevices), IsEmpty());
  spec::Limits after;
  after.memory = 200;
  after.tasks = 10;
  EXPECT_THAT(
      lines(plan_limit_changes(before, after, kDevices)),
      ElementsAre("limits.memory memory memory.max=200", "limits.cpus cpu cpu.max=max 100000",
                  "limits.cpuWeight cpu cpu.weight=100",
                  "limits.io io io.max=8:0 rbps=max wbps=max riops=max wiops=max",
                  "limits.io io io.weight=8:0 default"));
  after = before;
  after.io.front().read_bandwidth = 2000;
  EXPECT_THAT(lines(plan_limit_changes(before, after, kDevices)),
              ElementsAre("limits.io io io.max=8:0 rbps=2000 wbps=max riops=max wiops=max"));
}

constexpr const char* kCgroups =
    "#subsys_name\thierarchy\tnum_cgroups\tenabled\n"
    "cpu\t1\t3\t1\nblkio\t7\t1\t1\nmemory\t0\t36\t0\npids\t0\t36\t1\n";

TEST(Limits, WhyAControllerIsAbsentIsTold) {
  EXPECT_EQ(why_absent("cpu", kCgroups), Absence::Version1);
  EXPECT_EQ(why_absent("io", kCgroups), Absence::Version1);
  EXPECT_EQ(why_absent("memory", kCgroups), Absence::Disabled);
  EXPECT_EQ(why_absent("pids", kCgroups), Absence::NotPassedOn);
  EXPECT_EQ(why_absent("memory", ""), Absence::Disabled);
}

TEST(Limits, TheErrorIsOneLineForAll) {
  spec::Limits limits;
  limits.memory = 1;
  limits.swap = 1;
  limits.tasks = 1;
  EXPECT_EQ(absent_controllers(Absence::Version1, *plan_limits(limits, {})).message(),
            "hold limits.memory, limits.swap, limits.tasks: the controllers memory, pids are bound "
            "to cgroup v1 on this host (boot it with systemd.unified_cgroup_hierarchy=1 or "
            "cgroup_no_v1=all, or declare limits.required = false)");
  limits = {};
  limits.cpus = 1;
  EXPECT_THAT(absent_controllers(Absence::NotPassedOn, *plan_limits(limits, {})).message(),
              testing::StartsWith("hold limits.cpus: the controller cpu is not passed on to"));
}

}  // namespace
}  // namespace warren::plan
