#include "plan/devices.h"

#include <gmock/gmock.h>

namespace warren::plan {
namespace {

using confine::DeviceRule;
using testing::ElementsAre;

TEST(BoundNodes, AreAllowedAsTheyAreBound) {
  Plan plan;
  plan.devices = {{.major = 1, .minor = 3}};
  plan.sources = {{.path = "/dev/sda"}, {.path = "/dev/dri"}, {.path = "/dev/fuse"}};
  plan.steps = {BindSource{.source = 1, .target = "/dev/dri"},
                BindSource{.source = 0, .target = "/dev/sda", .flags = kReadOnly}};
  const std::vector<BoundNode> nodes = {
      {.source = 0, .kind = DeviceFact::Kind::Block, .major = 8, .minor = 0},
      {.source = 1, .kind = DeviceFact::Kind::Character, .major = 226, .minor = 0},
      {.source = 1, .kind = DeviceFact::Kind::Character, .major = 226, .minor = 128},
      // Nothing binds it.
      {.source = 2, .kind = DeviceFact::Kind::Character, .major = 10, .minor = 229}};
  constexpr unsigned kUse = DeviceRule::kRead | DeviceRule::kWrite;
  EXPECT_THAT(device_rules(plan, nodes),
              ElementsAre(DeviceRule{.major = 1, .minor = 3},
                          DeviceRule{.major = 226, .minor = 0, .access = kUse},
                          DeviceRule{.major = 226, .minor = 128, .access = kUse},
                          DeviceRule{.type = DeviceRule::Type::Block,
                                     .major = 8,
                                     .minor = 0,
                                     .access = DeviceRule::kRead}));
}

TEST(BoundNodes, OfOtherDirectoriesThanThoseOfDevAreDead) {
  EXPECT_TRUE(shows_nodes("/dev/dri"));
  EXPECT_FALSE(shows_nodes("/srv/dev/dri"));
  EXPECT_FALSE(shows_nodes("/device"));
  EXPECT_FALSE(shows_nodes("/dev"));
}

}  // namespace
}  // namespace warren::plan
