#include "config/declarations.h"

#include <gmock/gmock.h>

#include "config/schema.h"
#include "config/toml.h"

namespace warren::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string problems_of(const Loaded& loaded) {
  std::string out;
  for (const auto& problem : loaded.problems) {
    out += problem.text() + "\n";
  }
  return out;
}

Loaded load_one(std::string text, std::string path = "a.toml") {
  const std::vector<SourceFile> files = {{std::move(path), std::move(text)}};
  return load(files);
}

std::vector<std::string> names(const Loaded& loaded) {
  std::vector<std::string> found;
  for (const auto& one : loaded.declarations) {
    found.push_back(one.name);
  }
  return found;
}

/// A container each, with the settings given.
std::string containers(std::initializer_list<std::string_view> settings) {
  std::string text;
  char name = 'a';
  for (const auto one : settings) {
    text +=
        std::string("[containers.") + name++ + "]\nimage = \"busybox\"\n" + std::string(one) + "\n";
  }
  return text;
}

TEST(Declarations, ComeFromManyFilesSortedByName) {
  const std::vector<SourceFile> files = {
      {"a.toml", "[containers.web]\nimage = \"busybox\"\n[containers.api]\npath = \"/srv\"\n"},
      {"b.json", R"({"containers": {"db": {"image": "debian", "autoStart": true}}})"},
      {"-", R"( {"containers": {"nix": {"path": "/nix/x", "localAddress": null}}})"},
      {"empty.toml", ""}};
  const Loaded loaded = load(files);
  EXPECT_EQ(problems_of(loaded), "");
  EXPECT_THAT(names(loaded), ElementsAre("api", "db", "nix", "web"));
  EXPECT_TRUE(loaded.declarations[1].auto_start);
  EXPECT_EQ(loaded.places.at(3).text(), "a.toml:1:13");
}

TEST(Declarations, AMistakeCostsOneContainer) {
  const Loaded loaded = load_one(
      "[containers.web]\nimage = \"busybux\"\nautostart = true\n"
      "[containers.api]\nimage = \"busybox\"\n[containers.db]\n");
  EXPECT_THAT(names(loaded), ElementsAre("api"));
  ASSERT_EQ(loaded.problems.size(), 3U) << problems_of(loaded);
  EXPECT_EQ(loaded.problems[0].at.text(), "a.toml:2:9");
  EXPECT_EQ(loaded.problems[0].container, "web");
  EXPECT_EQ(loaded.problems[1].text(),
            "a.toml:3:1: autostart: no such key (did you mean autoStart?)");
  EXPECT_EQ(loaded.problems[2].container, "db");
  EXPECT_THAT(loaded.problems[2].text(), HasSubstr("give image (for example"));
}

TEST(Declarations, ABrokenFileCostsNobodyElse) {
  const std::vector<SourceFile> files = {{"a.toml", "[containers.web\n"},
                                         {"b.toml", "[containers.api]\nimage = \"busybox\"\n"}};
  const Loaded loaded = load(files);
  EXPECT_THAT(names(loaded), ElementsAre("api"));
  ASSERT_EQ(loaded.problems.size(), 1U);
  EXPECT_EQ(loaded.problems[0].container, "");
}

TEST(Declarations, SaysWhatADocumentIs) {
  EXPECT_EQ(problems_of(load_one("[container.web]\n")),
            "a.toml:1:2: container: no such key (did you mean containers?)\n");
  EXPECT_EQ(problems_of(load_one("[web]\nimage = \"busybox\"\n")),
            "a.toml:1:2: web: no such key (a container is declared as containers.web)\n");
  EXPECT_EQ(problems_of(load_one("image = \"busybox\"\n")),
            "a.toml:1:1: image: it is a setting of a container: write it below "
            "[containers.NAME]\n");
  EXPECT_EQ(problems_of(load_one("containers = [1]\n")),
            "a.toml:1:14: containers: it is a table of containers, not a list\n");
  EXPECT_EQ(problems_of(load_one("[1]", "a.json")), "a.json:1:1: it is a list, not a table\n");
  EXPECT_EQ(problems_of(load_one("[containers]\nweb = 1\n\"../x\" = {}\n")).substr(0, 66),
            "a.toml:2:7: containers.web: it is a table of settings, not a whole");
  EXPECT_THAT(problems_of(load_one("[containers.\"../x\"]\n")), HasSubstr("containers.\"../x\": "));
}

TEST(Declarations, ANameIsDeclaredOnce) {
  const std::string text = "[containers.web]\nimage = \"busybox\"\n";
  const std::vector<SourceFile> files = {{"a.toml", text}, {"b.toml", text}};
  const Loaded loaded = load(files);
  EXPECT_TRUE(loaded.declarations.empty());
  EXPECT_EQ(problems_of(loaded),
            "b.toml:1:13: containers.web: it is declared already, at a.toml:1:13\n");
}

TEST(Declarations, BuildOnTemplates) {
  const Loaded loaded = load_one(
      "[templates.base]\nimage = \"debian\"\npackages = [\"a\", \"b\"]\nautoStart = true\n"
      "limits = { memory = \"1G\", tasks = 10 }\nenvironment = { A = \"1\", B = \"2\" }\n"
      "[templates.big]\ninherit = \"base\"\nlimits.memory = \"4G\"\n"
      "[containers.web]\ninherit = \"big\"\npackages = [\"c\"]\nenvironment.B = \"3\"\n"
      "[containers.nix]\ninherit = \"base\"\npath = \"/nix/x\"\n");
  EXPECT_EQ(problems_of(loaded), "");
  ASSERT_EQ(loaded.declarations.size(), 2U);
  const auto& nix = loaded.declarations[0];
  EXPECT_EQ(nix.image, spec::ImageSource());
  EXPECT_EQ(nix.path, "/nix/x");
  const auto& web = loaded.declarations[1];
  EXPECT_TRUE(web.auto_start);
  EXPECT_THAT(web.packages, ElementsAre("c"));
  EXPECT_EQ(web.limits.memory, std::uint64_t{4} << 30);
  EXPECT_EQ(web.limits.tasks, 10U);
  EXPECT_EQ(web.environment, (spec::Variables{{"A", "1"}, {"B", "3"}}));
}

TEST(Declarations, TemplatesThatCannotBeHad) {
  EXPECT_EQ(problems_of(load_one("[templates.base]\n[containers.a]\nimage = \"busybox\"\n"
                                 "inherit = \"bse\"\n")),
            "a.toml:4:11: inherit: there is no template 'bse' (did you mean base?)\n");
  const Loaded loop = load_one(
      "[templates.a]\ninherit = \"b\"\n[templates.b]\ninherit = \"a\"\n"
      "[containers.c]\nimage = \"busybox\"\ninherit = \"a\"\n");
  EXPECT_TRUE(loop.declarations.empty());
  EXPECT_THAT(problems_of(loop), HasSubstr("the template 'a' leads back to itself"));
  EXPECT_EQ(problems_of(load_one(containers({"inherit = 1"}))),
            "a.toml:3:11: inherit: it is the name of a template, not a whole number (for example "
            "inherit = \"base\")\n");
}

TEST(Declarations, UnusedTemplatesAreReadToo) {
  EXPECT_EQ(problems_of(load_one("[templates.a]\nautostart = true\nservices.x.user = \"www\"\n")),
            "a.toml:2:1: autostart: no such key (did you mean autoStart?)\n");
  const Loaded used = load_one(
      "[templates.a]\nautostart = true\n[containers.b]\ninherit = \"a\"\nimage = \"busybox\"\n");
  ASSERT_EQ(used.problems.size(), 1U);
  EXPECT_EQ(used.problems[0].container, "b");
}

TEST(Declarations, KeysThatContradictEachOther) {
  const auto reason = [](std::string_view settings) {
    return problems_of(load_one(containers({settings})));
  };
  EXPECT_EQ(reason("path = \"/srv\""),
            "a.toml:3:1: path: image says where the tree comes from already: leave one out\n");
  for (const auto* settings :
       {"packages = [\"a\"]",
        "boot = false",
        "boot = false\ncommand = [\"/a\"]\nservices.a.command = \"/a\"",
        "hostAddress = \"10.0.0.1\"",
        "forwardPorts = [{ hostPort = 1 }]",
        "privateNetwork = true\nforwardPorts = [{ hostPort = 1 }]",
        "privateNetwork = true\nlocalAddress = \"10.0.0.2\"\n"
        "forwardPorts = [{ hostPort = 1, hostAddress = \"::1\" }]",
        "privateNetwork = true\nlocalAddress = \"10.0.0.2\"\n"
        "forwardPorts = [{ hostPort = 1, hostAddress = \"127.0.0.1\", hostInterface = \"eth0\" }]",
        "privateNetwork = true\nlocalAddress = \"auto\"\nhostAddress = \"10.0.0.1\"",
        "privateNetwork = true\nlocalAddress = \"auto\"\nhostBridge = \"br0\"",
        "internet = true",
        "internet = true\nprivateNetwork = true",
        "extraVeths.eth1.hostAddress = \"10.0.0.1\"",
        "networkNamespace = \"/run/netns/a\"\nprivateNetwork = true",
        "networkNamespace = \"/run/netns/a\"\ninterfaces = [\"eth1\"]",
        "networkNamespace = \"/run/netns/a\"\nmacvlans = [\"eth1\"]",
        "privateNetwork = true\nhostBridge = \"br0\"\nhostAddress = \"10.0.0.1\"",
        "privateNetwork = true\nhostBridge = \"br0\"\nlocalAddress = \"10.0.0.1\"",
        "privateNetwork = true\nhostAddress = \"10.0.0.1\"\nlocalAddress = \"10.0.0.1/24\"",
        "privateNetwork = true\nextraVeths.x = { hostBridge = \"b\", hostAddress6 = \"fc00::1\" }",
        "bindMounts.\"/\".hostPath = \"/srv\"",
        "bindMounts.\"/a\" = {}\nbindMounts.\"/b\".mountPoint = \"/a\"",
        "bindMounts.\"/a\" = {}\ntmpfs = [\"/a:size=1M\"]",
        "privateUsers = \"no\"\nbindMounts.\"/a\".owner = \"root\"",
        "users = { a = { uid = 1000 }, b = { uid = 1000 } }",
        "groups = { a = { gid = 7 }, b = { gid = 7 } }"}) {
    EXPECT_NE(reason(settings), "") << settings;
  }
  EXPECT_EQ(reason("privateNetwork = true\nhostBridge = \"br0\"\nlocalAddress = \"10.0.0.2/24\""),
            "");
}

TEST(Declarations, WhatTwoContainersCannotBothHave) {
  const auto reason = [](std::initializer_list<std::string_view> settings) {
    const Loaded loaded = load_one(containers(settings));
    EXPECT_EQ(loaded.problems.empty() ? 2U : 1U, loaded.declarations.size())
        << *settings.begin() << problems_of(loaded);
    return problems_of(loaded);
  };
  EXPECT_EQ(reason({"privateNetwork = true\nlocalAddress = \"10.0.0.2\"",
                    "privateNetwork = true\nlocalAddress = \"10.0.0.2/24\""}),
            "a.toml:8:16: localAddress: address 10.0.0.2: the container a has it too, at "
            "a.toml:4:16\n");
  const auto port = [](std::string_view table) {
    return "privateNetwork = true\nlocalAddress = \"auto\"\nforwardPorts = [" + std::string(table) +
           "]";
  };
  EXPECT_EQ(reason({port("{ hostPort = \"8000-8010\" }"), port("{ hostPort = \"8005-9000\" }")}),
            "a.toml:10:17: forwardPorts: tcp port 8005-8010: the container a has it too, at "
            "a.toml:5:17\n");
  EXPECT_NE(reason({port("{ hostPort = 80 }"), "sockets = [\"[::1]:80\"]"}), "");
  EXPECT_NE(reason({port("{ hostPort = 80, hostAddress = \"0.0.0.0\" }"),
                    port("{ hostPort = 80, hostAddress = \"127.0.0.1\" }")}),
            "");
  EXPECT_EQ(reason({port("{ hostPort = 80, hostAddress = \"127.0.0.2\" }"),
                    port("{ hostPort = 80, hostAddress = \"127.0.0.1\" }")}),
            "");
  EXPECT_EQ(reason({port("{ hostPort = 80, protocol = \"udp\" }"), port("{ hostPort = 80 }")}), "");
  EXPECT_EQ(reason({port("{ hostPort = \"80-89\" }"), port("{ hostPort = 90 }")}), "");
  EXPECT_NE(reason({"sockets = [\"/run/a\"]", "sockets = [\"/run/a\"]"}), "");
  EXPECT_NE(reason({"interfaces = [\"eth1\"]", "interfaces = [\"eth1\"]"}), "");
  EXPECT_NE(reason({"interfaces = [\"eth1\"]", "macvlans = [\"eth1\"]"}), "");
  EXPECT_EQ(reason({"macvlans = [\"eth1\"]", "macvlans = [\"eth1\"]"}), "");
  EXPECT_NE(reason({"privateUsers = 65536", "privateUsers = \"131071:2\""}), "");
  EXPECT_EQ(reason({"privateUsers = 65536", "privateUsers = \"131072:2\""}), "");
  EXPECT_EQ(reason({"privateUsers = \"identity\"", "privateUsers = \"identity\""}), "");
  EXPECT_EQ(reason({"privateNetwork = true\nhostAddress = \"10.0.0.1\"",
                    "privateNetwork = true\nhostAddress = \"10.0.0.1\""}),
            "");  // one end of many pairs
  EXPECT_NE(reason({"privateNetwork = true\nlocalAddress = \"10.0.0.1\"",
                    "privateNetwork = true\nhostAddress = \"10.0.0.1\""}),
            "");  // but not the other end of another
}

TEST(Declarations, AContainerHasAPortOnce) {
  const Loaded loaded =
      load_one(containers({"privateNetwork = true\nlocalAddress = \"auto\"\nforwardPorts = [{ "
                           "hostPort = 80 }, { hostPort = \"80-81\" }]"}));
  EXPECT_THAT(problems_of(loaded), HasSubstr("tcp port 80: this container has it twice"));
}

TEST(Declarations, ACrowdMakesOneProblemEach) {
  std::string text;
  for (int i = 0; i < 300; ++i) {
    text += "[containers.c" + std::to_string(i) +
            "]\nimage = \"busybox\"\nsockets = [80]\nprivateUsers = 65536\n";
  }
  const Loaded loaded = load_one(text);
  EXPECT_THAT(names(loaded), ElementsAre("c0"));
  EXPECT_EQ(loaded.problems.size(), 2U * 299U);
}

TEST(Declarations, AreKeptAsText) {
  const Loaded loaded = load_one(
      "[containers.web]\nimage = \"debian\"\nlimits.cpus = 1.5\ntimeoutStartSec = \"90s\"\n"
      "users.a = { uid = 1000, hashedPassword = \"$6$a$b\" }\nenvironment.A = \"ä\\\"\"\n"
      "privateNetwork = true\nlocalAddress = \"auto\"\nforwardPorts = [{ hostPort = \"80-82\", "
      "containerPort = \"1-3\" "
      "}]\n");
  ASSERT_EQ(problems_of(loaded), "");
  const auto& one = loaded.declarations.at(0);
  const auto again = declaration_from_json(declaration_to_json(one), "web");
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_TRUE(*again == one);
  const auto broken = declaration_from_json("{\"imag\": 1}", "web");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().message(),
            "read the declaration of web: declaration.json:1:2: imag: no such key (did you mean "
            "image?)");
}

}  // namespace
}  // namespace warren::config
