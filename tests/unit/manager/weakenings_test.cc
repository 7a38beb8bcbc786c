#include "manager/weakenings.h"

#include <gmock/gmock.h>

#include "spec/capabilities.h"

namespace warren::manager {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> settings(const std::vector<Weakening>& found) {
  std::vector<std::string> texts;
  for (const auto& [setting, consequence] : found) {
    EXPECT_FALSE(consequence.empty()) << setting;
    texts.push_back(setting);
  }
  return texts;
}

TEST(Weakenings, NoneOfAContainerThatKeepsTheDefaultsAndItsOwnNetwork) {
  spec::Declaration declaration;
  declaration.network.is_private = true;
  declaration.bind_mounts = {{.mount_point = "/srv", .host_path = "/srv", .owner = "root"}};
  EXPECT_THAT(weakenings(declaration), IsEmpty());
  spec::Container container;
  container.network.isolated = true;
  container.security.filter = {{.name = "ptrace", .allow = false}};
  EXPECT_THAT(weakenings(container), IsEmpty());
}

TEST(Weakenings, EachIsNamedInTheWordsOfTheDeclaration) {
  spec::Declaration declaration;
  declaration.private_users = "no";
  declaration.nesting = true;
  declaration.seccomp = false;
  declaration.additional_capabilities = {"CAP_NET_ADMIN", "CAP_SYS_TIME"};
  declaration.allowed_devices = {{.node = "/dev/fuse"}, {.node = "/dev/kvm"}};
  declaration.enable_tun = true;
  declaration.bind_mounts = {
      {.mount_point = "/a b", .host_path = "/srv", .is_read_only = false, .owner = "same"}};
  declaration.extra_flags = {"--system-call-filter=bpf", "--bind=/"};
  EXPECT_THAT(
      settings(weakenings(declaration)),
      ElementsAre("privateUsers=no", "nesting=true", "seccomp=false", "privateNetwork=false",
                  "additionalCapabilities=CAP_NET_ADMIN,CAP_SYS_TIME",
                  "allowedDevices=/dev/fuse,/dev/kvm", "enableTun=true",
                  "bindMounts.\"/a b\".isReadOnly=false", "bindMounts.\"/a b\".owner=same",
                  "extraFlags=--system-call-filter=bpf --bind=/"));
}

TEST(Weakenings, EachIsNamedInTheWordsOfTheOptions) {
  spec::Container container;
  container.users = {.mode = spec::Users::Mode::Fixed, .base = 100000};
  container.security.nesting = true;
  container.security.seccomp = false;
  container.security.add = spec::capability_bit("sys_time");
  container.security.filter = {{.name = "@keyring"}, {.name = "ptrace", .allow = false}};
  container.network.namespace_path = "/run/netns/vpn";
  container.mounts = {
      {.sources = {{.path = "/dev/fuse"}}, .target = "/dev/fuse"},
      {.sources = {{.path = "/srv"}}, .target = "/srv", .ownership = spec::Ownership::RootIsOwner},
      {.sources = {{.path = "/usr"}}, .target = "/mnt", .read_only = true}};
  EXPECT_THAT(
      settings(weakenings(container)),
      ElementsAre("--private-users=100000", "--nesting", "--seccomp=no",
                  "--system-call-filter=@keyring", "--network-namespace-path=/run/netns/vpn",
                  "--capability=CAP_SYS_TIME", "--bind=/dev/fuse:/dev/fuse", "--bind=/srv:/srv",
                  "--bind=/srv:/srv with mapped owners"));
}

}  // namespace
}  // namespace warren::manager
