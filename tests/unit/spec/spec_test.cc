#include <gmock/gmock.h>

#include "spec/capabilities.h"
#include "spec/validate.h"

namespace warren::spec {
namespace {

TEST(Capabilities, NamesAndNumbers) {
  EXPECT_EQ(capability("CAP_CHOWN"), 1U);
  EXPECT_EQ(capability("chown"), 1U);
  EXPECT_EQ(capability("Cap_Checkpoint_Restore"), Capabilities{1} << 40);
  EXPECT_EQ(capability("50"), Capabilities{1} << 50);
  EXPECT_EQ(capability("64"), std::nullopt);
  EXPECT_EQ(capability("cap_"), std::nullopt);
  EXPECT_EQ(capability_name(0), "CAP_CHOWN");
  EXPECT_EQ(capability_name(45), "cap_45");
}

TEST(Capabilities, BoundingSet) {
  EXPECT_EQ(bounding_set({}, {}), kDefaultCapabilities);
  EXPECT_EQ(bounding_set({}, {.isolated = true}),
            kDefaultCapabilities | capability_bit("net_admin"));
  EXPECT_EQ(bounding_set({.add = capability_bit("sys_time"), .drop = capability_bit("chown")}, {}),
            (kDefaultCapabilities | capability_bit("sys_time")) & ~capability_bit("chown"));
  EXPECT_EQ(bounding_set({.drop = kAllCapabilities}, {}), 0U);
}

Container container() {
  Container one;
  one.root.directory = "/srv/tree";
  one.identity.machine = "box";
  return one;
}

TEST(Validate, DefaultsAreFine) { EXPECT_TRUE(validate(container())); }

TEST(Validate, NamesTheSetting) {
  auto one = container();
  one.root.directory = "/";
  EXPECT_EQ(validate(one).error().subject, "--directory=/");
  one.root.ephemeral = true;
  EXPECT_TRUE(validate(one));
  one.root.from = "/srv/template";
  EXPECT_EQ(validate(one).error().subject, "--template");

  one = container();
  one.process.start = Process::Start::Boot;
  one.security.ambient = 1;
  EXPECT_EQ(validate(one).error().subject, "--ambient-capability");

  one = container();
  one.users.mode = Users::Mode::None;
  one.mounts.push_back({.ownership = Ownership::Same});
  EXPECT_EQ(validate(one).error().subject, "--bind");

  one = container();
  one.credentials = {{"a", "1"}, {"a", "2"}};
  EXPECT_EQ(validate(one).error().subject, "--set-credential");
}

}  // namespace
}  // namespace warren::spec
