// Plans as text, compared with files in tests/golden/plan. WARREN_ACCEPT=1 rewrites these.
#include "plan/plan.h"

#include <gmock/gmock.h>
#include <sys/personality.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "plan/environment.h"

namespace warren::plan {
namespace {

spec::Container container() {
  spec::Container one;
  one.root.directory = "/srv/tree";
  one.identity.machine = "box";
  one.identity.hostname = "box";
  one.process.arguments = {"true"};
  one.console = spec::Console::Pipe;
  return one;
}

HostFacts host() {
  HostFacts facts;
  facts.os_release = "ID=debian\nVERSION_ID=\"12\"\n";
  facts.boot_id = "11111111-1111-4111-8111-111111111111";
  facts.random_uuid = "22222222222242228222222222222222";
  facts.term = "vt220";
  facts.localtime = "/etc/localtime";
  facts.timezone = "Europe/Berlin";
  facts.resolv_conf = {"/etc/resolv.conf", "nameserver 192.0.2.1\n"};
  facts.ids = {.base = 655360, .count = 65536};
  facts.scratch = "/var/lib/warren/ephemeral/box";
  return facts;
}

ImageFacts image() {
  ImageFacts facts;
  facts.init = "/sbin/init";
  facts.has_etc = true;
  facts.has_zone = true;
  facts.user = {.name = "root", .uid = 0, .gid = 0, .groups = {}, .home = "/root", .shell = ""};
  return facts;
}

void expect_golden(const std::string& name, const spec::Container& wanted,
                   const HostFacts& facts = host(), const ImageFacts& tree = image()) {
  const auto plan = make_plan(wanted, facts, tree);
  ASSERT_TRUE(plan) << plan.error().message();
  const std::string path = std::string(WARREN_SOURCE_DIR) + "/tests/golden/plan/" + name + ".txt";
  if (std::getenv("WARREN_ACCEPT") != nullptr) {
    std::ofstream(path) << to_text(*plan);
  }
  std::stringstream expected;
  expected << std::ifstream(path).rdbuf();
  EXPECT_EQ(to_text(*plan), expected.str()) << "see " << path;
}

TEST(Plan, Command) { expect_golden("command", container()); }

TEST(Plan, Boot) {
  auto one = container();
  one.process.start = spec::Process::Start::Boot;
  one.process.arguments = {"3"};
  one.console = spec::Console::Interactive;
  one.network.isolated = true;
  expect_golden("boot", one);
}

TEST(Plan, EphemeralWithMounts) {
  auto one = container();
  one.root.ephemeral = true;
  one.mounts = {
      {.kind = spec::Mount::Kind::Bind,
       .sources = {{spec::Source::Place::Host, "/home/alice"}},
       .target = "/srv/b",
       .read_only = true,
       .ownership = spec::Ownership::RootIsOwner},
      {.kind = spec::Mount::Kind::Bind,
       .sources = {{spec::Source::Place::Temporary, ""}},
       .target = "/srv"},
      {.kind = spec::Mount::Kind::Bind,
       .sources = {{spec::Source::Place::Container, "/etc"}},
       .target = "/copy",
       .recursive = false},
      {.kind = spec::Mount::Kind::Tmpfs, .target = "/tmp", .options = "size=1G,mode=1777,ro"},
      {.kind = spec::Mount::Kind::Inaccessible, .target = "/secret"},
      {.kind = spec::Mount::Kind::Overlay,
       .sources = {{spec::Source::Place::Container, "/usr"},
                   {spec::Source::Place::Host, "/opt/up"}},
       .target = "/usr"},
      {.kind = spec::Mount::Kind::Overlay,
       .sources = {{spec::Source::Place::Host, "/a"}, {spec::Source::Place::Host, "/b"}},
       .target = "/ab",
       .read_only = true},
  };
  one.credentials = {{"id", "value"}};
  expect_golden("ephemeral-mounts", one);
}

TEST(Plan, ChangesThatAreKept) {
  auto one = container();
  one.root.changes = "/var/lib/warren/containers/box/changes";
  const auto plan = make_plan(one, host(), image());
  ASSERT_TRUE(plan);
  EXPECT_THAT(to_text(*plan),
              testing::HasSubstr(" changes=/var/lib/warren/containers/box/changes kept\n"));
  one.root.ephemeral = true;  // which wins: nothing is kept
  const auto ephemeral = make_plan(one, host(), image());
  ASSERT_TRUE(ephemeral);
  EXPECT_THAT(to_text(*ephemeral), testing::Not(testing::HasSubstr("kept")));
}

TEST(Plan, ReadOnlyShowsHostFilesInPlace) {
  auto one = container();
  one.root.read_only = true;
  auto tree = image();
  tree.writable = false;
  expect_golden("read-only", one, host(), tree);
}

TEST(Plan, ReadOnlyTreeWithoutAPlaceDoesWithoutTheHostsFiles) {
  auto one = container();
  auto tree = image();
  tree.writable = tree.can_have_mount_points = false;
  EXPECT_TRUE(make_plan(one, host(), tree)->sources.empty());
  one.timezone = spec::Timezone::Bind;  // a wish is not dropped silently
  EXPECT_EQ(make_plan(one, host(), tree)->sources.size(), 1U);
  tree.localtime.kind = EtcFile::Kind::Regular;
  one.timezone = spec::Timezone::Auto;
  EXPECT_EQ(make_plan(one, host(), tree)->sources.size(), 1U);
}

TEST(Plan, VolatileYesNeedsAMergedUsr) {
  auto one = container();
  one.root.volatile_mode = spec::Root::Volatile::Yes;
  EXPECT_TRUE(make_plan(one, host(), image()));
  auto tree = image();
  tree.has_merged_usr = false;
  EXPECT_EQ(make_plan(one, host(), tree).error().message(),
            "--volatile=yes: /srv/tree has no /usr with all its programs (it keeps nothing else: "
            "use --volatile=overlay or --volatile=state)");
  one.root.volatile_mode = spec::Root::Volatile::State;
  EXPECT_TRUE(make_plan(one, host(), tree));
}

TEST(Plan, InsideAContainerDevicesAreShown) {
  auto facts = host();
  facts.can_make_devices = false;
  expect_golden("nested", container(), facts);
}

TEST(Plan, TunnelsNeedANetworkOfOnesOwn) {
  const auto has_tunnel = [](const spec::Container& one, const HostFacts& facts) {
    const auto plan = make_plan(one, facts, image());
    return plan && to_text(*plan).contains("node /dev/net/tun 020666 10:200\n") &&
           to_text(*plan).contains("symlink /dev/char/10:200 -> ../net/tun\n");
  };
  auto one = container();
  auto facts = host();
  facts.has_tun = true;
  EXPECT_FALSE(has_tunnel(one, facts));
  one.network.isolated = true;
  EXPECT_TRUE(has_tunnel(one, facts));
  facts.has_tun = false;
  EXPECT_FALSE(has_tunnel(one, facts));
}

TEST(Plan, TunnelsAreAsDeclared) {
  auto one = container();
  auto facts = host();
  facts.has_tun = true;
  one.tun = true;
  EXPECT_TRUE(to_text(*make_plan(one, facts, image())).contains("device c 10:200 rwm\n"));
  one.network.isolated = true;
  one.tun = false;
  EXPECT_FALSE(to_text(*make_plan(one, facts, image())).contains("10:200"));
  one.tun = true;
  EXPECT_FALSE(make_plan(one, host(), image())) << "the host has none";
}

TEST(Plan, NamedDevicesAreThereAndAllowed) {
  auto one = container();
  one.devices = {{.node = "/dev/bus/usb/001", .modifier = "r"}, {.node = "/dev/sda"}};
  auto facts = host();
  facts.devices = {{.path = "/dev/bus/usb/001",
                    .kind = DeviceFact::Kind::Character,
                    .major = 189,
                    .minor = 0,
                    .mode = 0660},
                   {.path = "/dev/sda", .kind = DeviceFact::Kind::Block, .major = 8, .mode = 0600}};
  const std::string text = to_text(*make_plan(one, facts, image()));
  EXPECT_THAT(text, testing::HasSubstr("node /dev/bus/usb/001 020660 189:0\n"));
  EXPECT_LT(text.find("/dev/bus "), text.find("/dev/bus/usb "));
  EXPECT_THAT(text, testing::HasSubstr("node /dev/sda 060600 8:0\n"));
  EXPECT_THAT(text, testing::HasSubstr("device c 189:0 r\n"));
  EXPECT_THAT(text, testing::HasSubstr("device b 8:0 rw\n"));
  facts.can_make_devices = false;
  EXPECT_THAT(to_text(*make_plan(one, facts, image())), testing::HasSubstr("source /dev/sda\n"));
  one.devices = {{.node = "/dev/nonesuch"}};
  EXPECT_FALSE(make_plan(one, facts, image()));
}

TEST(Plan, WithoutUserNamespace) {
  auto one = container();
  one.users.mode = spec::Users::Mode::None;
  auto facts = host();
  facts.ids = {};
  facts.capabilities = 0xff;
  expect_golden("no-users", one, facts);
}

TEST(Plan, EnvironmentOfTheSpecWins) {
  auto one = container();
  one.process.environment = {{"PATH", "/x"}, {"A", "1"}, {"A", "2"}};
  const auto environment = payload_environment(one, host(), image(), host().random_uuid);
  EXPECT_EQ(environment_value(environment, "PATH"), "/x");
  EXPECT_EQ(environment_value(environment, "A"), "2");
  EXPECT_EQ(std::ranges::count_if(environment, [](const auto& e) { return e.starts_with("A="); }),
            1);
  EXPECT_EQ(environment_value(environment, "PAT"), "");
}

TEST(Plan, CommandsAreSearchedInThePayloadsPath) {
  auto one = container();
  one.process.environment = {{"PATH", "/x::/y"}};
  EXPECT_THAT(make_plan(one, host(), image())->process.candidates,
              ::testing::ElementsAre("/x/true", "true", "/y/true"));
  one.process.arguments = {"./true"};
  EXPECT_THAT(make_plan(one, host(), image())->process.candidates,
              ::testing::ElementsAre("./true"));
  one.process.arguments = {""};
  EXPECT_THAT(make_plan(one, host(), image())->process.candidates, ::testing::ElementsAre(""));
}

TEST(Plan, LoginShellStartsAtHome) {
  auto one = container();
  one.process.arguments.clear();
  auto tree = image();
  tree.user = {.name = "alice",
               .uid = 1000,
               .gid = 1000,
               .groups = {1000},
               .home = "/home/alice",
               .shell = "/bin/zsh"};
  const auto plan = make_plan(one, host(), tree);
  EXPECT_THAT(plan->process.candidates, ::testing::ElementsAre("/bin/zsh", "/bin/bash", "/bin/sh"));
  EXPECT_THAT(plan->process.arguments, ::testing::ElementsAre("-zsh"));
  EXPECT_EQ(plan->process.working_directory, "/home/alice");
  EXPECT_EQ(plan->process.fallback_directory, "/");
}

TEST(Plan, SmallerPersonalityForSmallerImages) {
  auto tree = image();
  tree.is_32bit = true;
  EXPECT_EQ(make_plan(container(), host(), tree)->process.personality,
            static_cast<unsigned long>(PER_LINUX32));
  auto one = container();
  one.process.personality = PER_LINUX;
  EXPECT_EQ(make_plan(one, host(), tree)->process.personality,
            static_cast<unsigned long>(PER_LINUX));
}

TEST(Plan, BootNeedsAnInit) {
  auto one = container();
  one.process.start = spec::Process::Start::Boot;
  auto tree = image();
  tree.init.clear();
  EXPECT_EQ(make_plan(one, host(), tree).error().reason, "it has no usable init");
}

TEST(Plan, ViewsForContainersInsideAreMadeBeforeAnythingIsHidden) {
  auto one = container();
  EXPECT_FALSE(to_text(*make_plan(one, host(), image())).contains("/run/host/nesting"));
  one.security.nesting = true;
  const std::string text = to_text(*make_plan(one, host(), image()));
  const auto view = text.find("/run/host/nesting/proc");
  EXPECT_LT(view, text.find("/proc/kallsyms"));
  EXPECT_LT(text.find("/run/host/nesting/sys"), text.find("/sys/firmware"));
}

TEST(Plan, NothingIsMountedOverTheRoot) {
  auto one = container();
  one.mounts = {{.kind = spec::Mount::Kind::Tmpfs, .target = "/"}};
  EXPECT_FALSE(make_plan(one, host(), image()));
}

TEST(Plan, FilesThatAreRightAlreadyAreNotWritten) {
  auto tree = image();
  tree.resolv_conf = {EtcFile::Kind::Regular, "nameserver 192.0.2.1\n"};
  tree.localtime = {EtcFile::Kind::Symlink, "/usr/share/zoneinfo/Europe/Berlin"};
  const auto plan = make_plan(container(), host(), tree);
  const auto* const first = std::get_if<MountFileSystem>(&plan->steps.front());
  ASSERT_NE(first, nullptr);
  EXPECT_EQ(first->target, "/dev");
}

}  // namespace
}  // namespace warren::plan
