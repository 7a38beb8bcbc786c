#include "manager/container_directory.h"

#include <gtest/gtest.h>

namespace warren::manager {
namespace {

constexpr std::string_view kMounts =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "40 22 0:30 / /srv/box/changes/upper/my\\040data rw - tmpfs tmpfs rw\n"
    "41 22 0:31 / /srv/boxes rw - tmpfs tmpfs rw\n";

TEST(MountBelow, FindsWhatLiesInADirectory) {
  EXPECT_EQ(mount_below(kMounts, "/srv/box"), "/srv/box/changes/upper/my data");
  EXPECT_EQ(mount_below(kMounts, "/srv/boxes"), "/srv/boxes") << "the directory itself";
}

TEST(MountBelow, AnotherNameThatBeginsTheSameIsNotInIt) {
  EXPECT_EQ(mount_below(kMounts, "/srv/bo"), std::nullopt);
  EXPECT_EQ(mount_below(kMounts, "/srv/box/changes/work"), std::nullopt);
  EXPECT_EQ(mount_below("", "/srv"), std::nullopt);
}

}  // namespace
}  // namespace warren::manager
