#include "manager/weakenings.h"

#include <gmock/gmock.h>

namespace warren::manager {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Weakenings, NoneOfAContainerThatKeepsTheDefaultsAndItsOwnNetwork) {
  spec::Declaration declaration;
  declaration.network.is_private = true;
  EXPECT_THAT(weakenings(declaration), IsEmpty());
}

TEST(Weakenings, EachIsNamedInTheWordsOfTheDeclaration) {
  spec::Declaration declaration;
  declaration.private_users = "no";
  declaration.additional_capabilities = {"CAP_NET_ADMIN", "CAP_SYS_TIME"};
  declaration.allowed_devices = {{.node = "/dev/fuse"}, {.node = "/dev/kvm"}};
  declaration.enable_tun = true;
  declaration.extra_flags = {"--system-call-filter=bpf", "--bind=/"};
  EXPECT_THAT(weakenings(declaration),
              ElementsAre("privateUsers=no", "privateNetwork=false",
                          "additionalCapabilities=CAP_NET_ADMIN,CAP_SYS_TIME",
                          "allowedDevices=/dev/fuse,/dev/kvm", "enableTun=true",
                          "extraFlags=--system-call-filter=bpf --bind=/"));
}

}  // namespace
}  // namespace warren::manager
