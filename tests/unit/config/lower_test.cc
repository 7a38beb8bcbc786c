#include "config/lower.h"

#include <gmock/gmock.h>

#include "config/declarations.h"
#include "spec/capabilities.h"

namespace warren::config {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const TreePlace kPlace = {
    .directory = "/images/a/root", .changes = "/containers/web/changes", .in_place = false};

spec::Declaration declare(std::string_view settings) {
  const std::vector<SourceFile> files = {
      {"a.toml", "[containers.web]\nimage = \"busybox\"\n" + std::string(settings)}};
  auto loaded = load(files);
  EXPECT_TRUE(loaded.problems.empty()) << loaded.problems.at(0).text();
  return loaded.declarations.at(0);
}

spec::Container lowered(std::string_view settings, const TreePlace& place = kPlace) {
  auto result = lower(declare(settings), place);
  EXPECT_TRUE(result) << result.error().message();
  return result->container;
}

TEST(Lower, TheDefaultsAreSafe) {
  const auto result = lower(declare(""), kPlace);
  ASSERT_TRUE(result);
  const auto& one = result->container;
  EXPECT_EQ(one.identity.machine, "web");
  EXPECT_EQ(one.identity.hostname, "web");
  EXPECT_EQ(one.process.start, spec::Process::Start::Boot);
  EXPECT_EQ(one.users.mode, spec::Users::Mode::Pick);
  EXPECT_EQ(one.security.add, 0U);
  EXPECT_EQ(one.resolv_conf, spec::ResolvConf::Auto);
  EXPECT_FALSE(one.network.isolated);
  EXPECT_THAT(one.mounts, IsEmpty());
}

TEST(Lower, TheRootHasALayerUnlessItIsThrownAwayOrUsedInPlace) {
  EXPECT_EQ(lowered("").root.changes, "/containers/web/changes");
  EXPECT_EQ(lowered("").root.directory, "/images/a/root");
  EXPECT_FALSE(lowered("").root.ephemeral);
  const auto ephemeral = lowered("ephemeral = true\nreadOnly = true").root;
  EXPECT_EQ(ephemeral.changes, "");
  EXPECT_TRUE(ephemeral.ephemeral);
  EXPECT_TRUE(ephemeral.read_only);
  const auto in_place =
      lowered("", {.directory = "/srv/tree", .changes = "/x", .in_place = true}).root;
  EXPECT_EQ(in_place.changes, "");
  EXPECT_FALSE(in_place.ephemeral);
}

TEST(Lower, ACommandAndItsSurroundings) {
  const auto one = lowered(
      "boot = false\ncommand = [\"/bin/httpd\", \"-f\"]\nenvironment = { B = \"2\", A = \"1\" }\n"
      "hostName = \"www.example.org\"\nprivateUsers = \"131072:65536\"\n"
      "additionalCapabilities = [\"CAP_NET_ADMIN\", \"CAP_SYS_TIME\"]\ncopyResolvConf = false\n"
      "timeZone = \"Europe/Berlin\"\n");
  EXPECT_EQ(one.process.start, spec::Process::Start::Command);
  EXPECT_THAT(one.process.arguments, ElementsAre("/bin/httpd", "-f"));
  EXPECT_EQ(one.process.environment, (spec::Variables{{"A", "1"}, {"B", "2"}}));
  EXPECT_EQ(one.identity.hostname, "www.example.org");
  EXPECT_EQ(one.users.mode, spec::Users::Mode::Fixed);
  EXPECT_EQ(one.users.base, 131072U);
  EXPECT_EQ(one.security.add, spec::capability_bit("net_admin") | spec::capability_bit("sys_time"));
  EXPECT_EQ(one.resolv_conf, spec::ResolvConf::Off);
  EXPECT_EQ(one.timezone, spec::Timezone::Off);
}

TEST(Lower, Mounts) {
  const auto result =
      lower(declare("bindMounts.\"/a\" = { hostPath = \"/srv/a\", createHostPath = true }\n"
                    "bindMounts.\"/b\" = { isReadOnly = false, owner = \"root\" }\n"
                    "bindMounts.\"/c\".owner = \"same\"\ntmpfs = [\"/tmp:size=1M\"]\n"),
            kPlace);
  ASSERT_TRUE(result);
  const auto bind = [](const char* from, const char* to, bool read_only, spec::Ownership owner) {
    return spec::Mount{.sources = {{.place = spec::Source::Place::Host, .path = from}},
                       .target = to,
                       .read_only = read_only,
                       .ownership = owner};
  };
  EXPECT_THAT(
      result->container.mounts,
      ElementsAre(
          bind("/srv/a", "/a", true, spec::Ownership::Unmapped),
          bind("/b", "/b", false, spec::Ownership::RootIsOwner),
          bind("/c", "/c", true, spec::Ownership::Same),
          spec::Mount{.kind = spec::Mount::Kind::Tmpfs, .target = "/tmp", .options = "size=1M"}));
  EXPECT_THAT(result->make_on_host, ElementsAre("/srv/a"));
  const auto refused = lower(declare("bindMounts.\"/a\".owner = \"www\"\n"), kPlace);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message(),
            "bindMounts.\"/a\".owner: no number is declared for the user www (give the number, or "
            "declare users with a uid)");
  const auto number_of = [](const std::string& owner, const std::string& users) {
    const auto lowered =
        lower(declare("bindMounts.\"/a\".owner = " + owner + "\n" + users), kPlace);
    EXPECT_EQ(lowered->container.mounts.at(0).ownership, spec::Ownership::OwnerIsUser);
    return lowered->container.mounts.at(0).owner;
  };
  EXPECT_EQ(number_of("33", ""), 33U);
  EXPECT_EQ(number_of("\"www\"", "users.www.uid = 34\n"), 34U);
}

TEST(Lower, AnAddressMakesTheFirstInterface) {
  const auto network =
      lowered(
          "privateNetwork = true\nhostAddress = \"10.0.0.1\"\nlocalAddress = \"10.0.0.2\"\n"
          "localMacAddress = \"02:00:00:00:00:07\"\n")
          .network;
  EXPECT_TRUE(network.isolated);
  ASSERT_EQ(network.veths.size(), 1U);
  EXPECT_EQ(network.veths[0].name, "eth0");
  EXPECT_EQ(network.veths[0].host_name, "");
  EXPECT_EQ(network.veths[0].host_address, "10.0.0.1");
  EXPECT_EQ(network.veths[0].address, "10.0.0.2");
  EXPECT_EQ(network.veths[0].mac, "02:00:00:00:00:07");
  EXPECT_THAT(lowered("privateNetwork = true").network.veths, IsEmpty());
}

TEST(Lower, FurtherInterfaces) {
  const auto network = lowered(
                           "privateNetwork = true\nextraVeths.lan = { hostBridge = \"br1\" }\n"
                           "interfaces = [\"eth1\"]\nmacvlans = [\"averylongname15\"]\n")
                           .network;
  ASSERT_EQ(network.veths.size(), 1U);
  EXPECT_EQ(network.veths[0].name, "lan");
  EXPECT_EQ(network.veths[0].host_name, "vb-web-lan");
  EXPECT_EQ(network.veths[0].setting, "extraVeths.lan.hostBridge");
  ASSERT_EQ(network.interfaces.size(), 2U);
  EXPECT_EQ(network.interfaces[0].name, "eth1");
  EXPECT_EQ(network.interfaces[1].name, "mv-averylongnam");
  EXPECT_TRUE(lowered("interfaces = [\"eth1\"]").network.isolated);
  EXPECT_EQ(lowered("networkNamespace = \"/run/netns/a\"").network.namespace_path, "/run/netns/a");
}

TEST(Lower, ResolversAreThoseThatItsNetworkReaches) {
  using spec::ResolvConf;
  EXPECT_EQ(lowered("").resolv_conf, ResolvConf::Auto);
  EXPECT_EQ(lowered("privateNetwork = true").resolv_conf, ResolvConf::Auto);
  EXPECT_EQ(lowered("privateNetwork = true\nhostBridge = \"br0\"").resolv_conf,
            ResolvConf::CopyReachable);
  EXPECT_EQ(
      lowered("privateNetwork = true\nhostBridge = \"br0\"\ncopyResolvConf = false").resolv_conf,
      ResolvConf::Off);
}

TEST(Lower, DevicesAndLimits) {
  const auto result = lower(
      declare("limits.memory = \"1G\"\nenableTun = true\nallowedDevices = [{ node = \"/dev/fuse\" "
              "}]\n"),
      kPlace);
  ASSERT_TRUE(result);
  const auto& one = result->container;
  EXPECT_EQ(one.limits.memory, std::uint64_t{1} << 30);
  EXPECT_THAT(one.devices, ElementsAre(spec::AllowedDevice{"/dev/fuse", "rw"}));
  EXPECT_EQ(one.tun, true);
  EXPECT_EQ(one.security.add, spec::Capabilities{1} << 12U);
  EXPECT_EQ(lowered("").tun, false);
}

}  // namespace
}  // namespace warren::config
