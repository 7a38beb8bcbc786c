#include "config/schema.h"

#include <gmock/gmock.h>

#include "config/json.h"
#include "config/toml.h"

namespace warren::config {
namespace {

using testing::ElementsAre;

std::string read(std::string_view text, spec::Declaration& declaration) {
  Problems problems;
  const auto table = parse_toml(text, "a.toml", problems);
  if (table) {
    Reader reader(problems, "web");
    read_declaration(reader, *table, declaration);
  }
  std::string out;
  for (const auto& problem : problems) {
    out += problem.text() + "\n";
  }
  return out;
}

/// Every example of the table at once.
std::string all_examples() {
  std::string text;
  for (const auto& group : groups()) {
    for (const auto& key : group.keys()) {
      if (!key.example.empty()) {
        text += std::string(key.name) + " = " + std::string(key.example) + "\n";
      }
    }
  }
  return text;
}

TEST(Schema, EveryRowIsComplete) {
  for (const auto& path : key_paths()) {
    EXPECT_FALSE(path.key->help.empty()) << path.path;
    EXPECT_FALSE(path.key->binding.type.empty()) << path.path;
    EXPECT_NE(path.key->binding.read, nullptr) << path.path;
  }
}

TEST(Schema, EveryExampleIsAccepted) {
  spec::Declaration declaration;
  EXPECT_EQ(read(all_examples(), declaration), "");
  for (const auto& path : key_paths()) {
    Problems problems;
    EXPECT_TRUE(path.key->example.empty() ||
                parse_toml("x = " + std::string(path.key->example), path.path, problems))
        << path.path;
  }
}

TEST(Schema, WhatIsWrittenReadsAsTheSame) {
  spec::Declaration full;
  ASSERT_EQ(read(all_examples(), full), "");
  for (const spec::Declaration& one : {spec::Declaration(), full}) {
    spec::Declaration from_toml;
    EXPECT_EQ(read(to_toml(to_value(one)), from_toml), "");
    EXPECT_TRUE(from_toml == one) << to_toml(to_value(one));
    Problems problems;
    const auto json = parse_json(to_json(to_value(one)), "a.json", problems);
    ASSERT_TRUE(json);
    spec::Declaration from_json;
    Reader reader(problems, "web");
    read_declaration(reader, *json, from_json);
    EXPECT_TRUE(problems.empty() && from_json == one) << to_json(to_value(one));
  }
}

TEST(Schema, SaysWhatIsWrongAndWhere) {
  spec::Declaration d;
  EXPECT_EQ(read("autostart = true\n", d),
            "a.toml:1:1: autostart: no such key (did you mean autoStart?)\n");
  EXPECT_EQ(read("memory = 1\n", d),
            "a.toml:1:1: memory: no such key (did you mean limits.memory?)\n");
  EXPECT_EQ(read("autoStart = \"yes\"\n", d),
            "a.toml:1:13: autoStart: it is true or false, not a string (for example autoStart = "
            "true)\n");
  EXPECT_EQ(read("[bindMounts.\"/srv/www\"]\nhostPath = \"../x\"\n", d),
            "a.toml:2:12: bindMounts.\"/srv/www\".hostPath: '../x' is not an absolute path\n");
  EXPECT_EQ(read("forwardPorts = [{ hostPort = 70000 }]\n", d).substr(0, 42),
            "a.toml:1:30: forwardPorts[0].hostPort: '70");
}

TEST(Schema, RefusesWhatIsNoValueOfTheKind) {
  for (const auto* text : {"image = \"busybux\"",
                           "image = \"busybox:x\"",
                           "image = \"archive:x.tar\"",
                           "path = \"/a/../b\"",
                           "hostAddress = \"10.0.0.256\"",
                           "hostAddress = \"10.0.0.1/33\"",
                           "hostAddress6 = \"10.0.0.1\"",
                           "localMacAddress = \"01:00:00:00:00:00\"",
                           "interfaces = [\"a/b\"]",
                           "interfaces = [\"sixteen-letters-\"]",
                           "forwardPorts = [{ hostPort = 0 }]",
                           "forwardPorts = [{ hostPort = 1, hostInterface = \"a\\\"b\" }]",
                           "forwardPorts = [{ hostPort = 1, hostInterface = \"eth*\" }]",
                           "addressPool = \"10.0.0.0\"",
                           "addressPool = \"10.0.0.1/16\"",
                           "addressPool = \"10.0.0.0/31\"",
                           "forwardPorts = [{ hostPort = \"9-8\" }]",
                           "forwardPorts = [{ hostPort = \"8000-8001\", containerPort = 80 }]",
                           "forwardPorts = [{ hostPort = 1, protocol = \"sctp\" }]",
                           "forwardPorts = [{}]",
                           "additionalCapabilities = [\"CAP_NET_ADMIM\"]",
                           "limits.memory = \"512 M\"",
                           "limits.memory = -1",
                           "limits.cpus = 0",
                           "limits.cpus = nan",
                           "limits.tasks = 0",
                           "timeoutStartSec = \"1 fortnight\"",
                           "timeoutStartSec = -1",
                           "privateUsers = \"maybe\"",
                           "allowedDevices = [{ node = \"/etc/passwd\" }]",
                           "allowedDevices = [{ node = \"/dev/fuse\", modifier = \"rx\" }]",
                           "files.\"/a\" = { text = \"\", mode = \"0888\" }",
                           "files.\"a\".text = \"\"",
                           "files.\"/a\" = {}",
                           "files.\"/a\" = { text = \"\", source = \"/b\" }",
                           "users.a.hashedPassword = \"secret\"",
                           "users.\"a:b\" = {}",
                           "users.\"0\" = {}",
                           "users.a.description = \"a:b\"",
                           "services.a = {}",
                           "services.a.command = \"httpd\"",
                           "services.\"../a\".command = \"/x\"",
                           "environment.\"A=B\" = \"c\"",
                           "timeZone = \"../etc\"",
                           "sockets = [\"1.2.3.4\"]",
                           "restart = \"sometimes\"",
                           "hostName = \"-x\"",
                           "command = [\"a\\nb\"]"}) {
    spec::Declaration declaration;
    EXPECT_NE(read(text, declaration), "") << text;
  }
}

TEST(Schema, TakesWhatNixOSAndSystemdWrite) {
  spec::Declaration d;
  EXPECT_EQ(read("timeoutStartSec = \"1min 30s\"\ntimeoutStopSec = 2.5\nprivateUsers = 65536\n"
                 "users.root.hashedPassword = \"$6$a$b/c.d\"\n"
                 "forwardPorts = [{ hostPort = \"8000-8003\", containerPort = \"80-83\" }]\n",
                 d),
            "");
  EXPECT_EQ(d.timeout_start, std::chrono::seconds(90));
  EXPECT_EQ(d.timeout_stop, std::chrono::milliseconds(2500));
  EXPECT_EQ(d.private_users, "65536");
  EXPECT_EQ(d.users.at(0).hashed_password, "$6$a$b/c.d");
  EXPECT_EQ(d.users.at(0).home, "/root");
  EXPECT_EQ(d.network.first.forward_ports.at(0).count, 4);
  EXPECT_EQ(d.network.first.forward_ports.at(0).container_port, 80);
}

TEST(Schema, OnlyZeroIsNoLimit) {
  using std::chrono::milliseconds;
  for (const auto& [text, time] :
       std::vector<std::pair<std::string, milliseconds>>{{"0", milliseconds(0)},
                                                         {"\"infinity\"", milliseconds(0)},
                                                         {"0.0001", milliseconds(1)},
                                                         {"\"3us\"", milliseconds(1)},
                                                         {"0.0016", milliseconds(2)}}) {
    spec::Declaration declaration;
    EXPECT_EQ(read("timeoutStartSec = " + text + "\n", declaration), "") << text;
    EXPECT_EQ(declaration.timeout_start, time) << text;
  }
}

TEST(Schema, ComparesKeyByKey) {
  spec::Declaration from;
  spec::Declaration to;
  ASSERT_EQ(read("limits.memory = 1\nenvironment.A = \"1\"\nservices.a.command = \"/a\"\n", from),
            "");
  ASSERT_EQ(read("limits.memory = 2\nenvironment.A = \"2\"\nservices.a.command = \"/b\"\n"
                 "services.b.command = \"/b\"\nautoStart = true\nbindMounts.\"/srv\" = {}\n",
                 to),
            "");
  EXPECT_TRUE(compare(from, from).empty());
  EXPECT_THAT(compare(to, from), testing::Contains(Change{"services.b", Effect::Restart}));
  EXPECT_THAT(
      compare(from, to),
      ElementsAre(Change{"bindMounts.\"/srv\"", Effect::Live},
                  Change{"environment.A", Effect::Restart},
                  Change{"services.a.command", Effect::Restart}, Change{"services.b", Effect::Live},
                  Change{"limits.memory", Effect::Live}, Change{"autoStart", Effect::None}));
}

TEST(Schema, CompletesKeys) {
  EXPECT_THAT(complete_key("limits.me"), ElementsAre("limits.memory", "limits.memoryHigh"));
  EXPECT_THAT(complete_key("forwardPorts[].c"), ElementsAre("forwardPorts[].containerPort"));
}

}  // namespace
}  // namespace warren::config
