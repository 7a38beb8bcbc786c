#include "cli/settings.h"

#include <gmock/gmock.h>

#include <random>

#include "base/text.h"

namespace warren::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

image::SettingsFile file(std::string text, bool trusted = true) {
  return {.path = "f.nspawn", .text = std::move(text), .trusted = trusted};
}

std::string spelled(const ParsedOption& option) {
  const auto& row = spawn_options()[option.index];
  const std::string name =
      *row.name != '\0' ? cat("--", row.name) : cat("-", std::string(1, row.letter));
  return option.has_value ? cat(name, "=", option.value) : name;
}

std::vector<std::string> spelled(const FileSettings& settings) {
  std::vector<std::string> words;
  for (const auto& one : settings.options) {
    words.push_back(spelled(one.option));
  }
  words.insert(words.end(), settings.arguments.begin(), settings.arguments.end());
  return words;
}

std::vector<std::string> lowered(const std::string& text, bool trusted = true) {
  auto settings = read_settings(file(text, trusted), trusted);
  return settings ? spelled(*settings) : std::vector{settings.error().message()};
}

TEST(Settings, EveryKeyHasAnOption) {
  for (const auto& key : settings_keys()) {
    const auto known = std::ranges::any_of(spawn_options(), [&key](const auto& row) {
      return row.name != nullptr && std::string_view(row.name) == key.option;
    });
    EXPECT_TRUE(known || key.form == KeyForm::Parameters) << key.key;
    const auto rows = std::ranges::count_if(
        settings_keys(), [&key](const SettingsKey& other) { return other.key == key.key; });
    EXPECT_EQ(rows, 1) << key.key;
  }
}

TEST(Settings, FormsOfValues) {
  EXPECT_THAT(lowered("[Exec]\nBoot=yes\nParameters=a 'b c'\nUser=alice\n"),
              ElementsAre("--boot", "--user=alice", "a", "b c"));
  EXPECT_THAT(lowered("[Exec]\nEnvironment=A=1 'B=x y'\nEnvironment=C=\n"),
              ElementsAre("--setenv=A=1", "--setenv=B=x y", "--setenv=C="));
  EXPECT_THAT(lowered("[Exec]\nCapability=CAP_A  CAP_B\nCapability=CAP_C\nCPUAffinity=0 2-3\n"
                      "CPUAffinity=5\n"),
              ElementsAre("--capability=CAP_A,CAP_B,CAP_C", "--cpu-affinity=0,2-3,5"));
  EXPECT_THAT(lowered("[Exec]\nLimitNOFILE=1024:2048\nSystemCallFilter=@clock ~x\n"),
              ElementsAre("--rlimit=NOFILE=1024:2048", "--system-call-filter=@clock ~x"));
  EXPECT_THAT(lowered("[Files]\nReadOnly=1\nBind=/a b:/c\nVolatile=state\n"),
              ElementsAre("--read-only", "--bind=/a b:/c", "--volatile=state"));
  EXPECT_THAT(lowered("[Network]\nPrivate=yes\nInterface=a b\nVirtualEthernet=no\nPort=80\n"),
              ElementsAre("--private-network", "--network-interface=a", "--network-interface=b",
                          "--port=80"));
  EXPECT_THAT(lowered("[Files]\nReadOnly=yes\nReadOnly=no\n"), IsEmpty());
}

TEST(Settings, MistakesSayWhere) {
  EXPECT_THAT(lowered("[Exec]\n\nBoot=maybe\n"),
              ElementsAre("f.nspawn:3: Boot=maybe: it is yes or no"));
  EXPECT_THAT(lowered("[Exec]\nEnvironment=SECRET\n"),
              ElementsAre("f.nspawn:2: Environment=SECRET: it is NAME=VALUE"));
  EXPECT_THAT(lowered("[Exec]\nParameters='a\n"),
              ElementsAre("f.nspawn:2: Parameters='a: a quote does not end"));
  EXPECT_THAT(lowered("[Exec]\nBoot=yes\nProcessTwo=yes\n"),
              ElementsAre("f.nspawn:3: ProcessTwo=yes: Boot= and ProcessTwo= exclude each other"));
  EXPECT_THAT(lowered("[Exec]\nProcessTwo=yes\nProcessTwo=no\nBoot=yes\n"), ElementsAre("--boot"));
}

TEST(Settings, UnknownKeysArePassedOverWithANotice) {
  const auto settings = read_settings(
      file("[Exec]\nBot=yes\nX-Mine=1\n[Files]\nBoot=yes\n[X-Else]\nA=b\n[Exec]\nUser=a\n"), true);
  EXPECT_THAT(spelled(*settings), ElementsAre("--user=a"));
  EXPECT_THAT(settings->notices,
              ElementsAre("f.nspawn:2: Bot= in [Exec] is not known and is ignored (did you mean "
                          "Boot=?), and 1 more"));
}

TEST(Settings, NothingPrivilegedComesFromBesideTheTree) {
  for (const auto& key : settings_keys()) {
    const std::string value = key.form == KeyForm::Variables ? "A=b"
                              : key.form == KeyForm::Filter  ? "bpf"
                                                             : "yes";
    const std::string text = cat("[", key.section, "]\n", key.key, "=", value, "\n");
    const auto settings = read_settings(file(text, false), false);
    const bool privileged = key.trust == KeyTrust::Owner || key.form == KeyForm::Filter;
    EXPECT_EQ(spelled(*settings).empty(), privileged) << key.key;
    EXPECT_EQ(settings->notices.size(), privileged ? 1U : 0U) << key.key;
    EXPECT_EQ(settings->subjects.empty(), privileged) << key.key;
    EXPECT_FALSE(spelled(*read_settings(file(text), true)).empty()) << key.key;
  }
  EXPECT_THAT(lowered("[Exec]\nSystemCallFilter=~chroot\n", false),
              ElementsAre("--system-call-filter=~chroot"));
  const auto settings =
      read_settings(file("[Files]\nBind=/a\nBind=/b\n[Exec]\nCapability=all\n", false), false);
  EXPECT_THAT(settings->notices,
              ElementsAre("f.nspawn: ignored, as the file lies beside the root tree: Bind=, "
                          "Capability= (move it to /etc/systemd/nspawn, or give "
                          "--settings=trusted)"));
}

/// What is left of both sides: the command line's, "|", the file's.
std::string settled(SettingsMode mode, const std::vector<std::string>& words,
                    const std::string& text, bool trusted = true) {
  auto given = parse_options(shapes(spawn_options()), words);
  auto settings = read_settings(file(text, trusted), trusted);
  settle(mode, *given, *settings);
  std::vector<std::string> left;
  for (const auto& option : given->options) {
    left.push_back(spelled(option));
  }
  left.insert(left.end(), given->arguments.begin(), given->arguments.end());
  return cat(join(left, " "), "|", join(spelled(*settings), " "));
}

TEST(Settings, TheCommandLineWins) {
  using enum SettingsMode;
  const std::string text = "[Exec]\nBoot=yes\nParameters=x\nUser=a\nHostname=h\n[Files]\nBind=/a\n";
  EXPECT_EQ(settled(Yes, {}, text), "|--boot --user=a --hostname=h --bind=/a x");
  EXPECT_EQ(settled(Yes, {"ls"}, text), "ls|--user=a --hostname=h --bind=/a");
  EXPECT_EQ(settled(Yes, {"-a", "-u", "b", "--tmpfs=/t", "ls"}, text),
            "--as-pid2 --user=b --tmpfs=/t ls|--hostname=h");
  EXPECT_EQ(settled(Trusted, {"--uid=b"}, text), "--uid=b|--boot --hostname=h --bind=/a x");
  EXPECT_EQ(settled(Yes, {"-U"}, "[Exec]\nPrivateUsers=no\n"), "-U|");
  EXPECT_EQ(settled(Yes, {"--rlimit=CPU=1"}, "[Exec]\nLimitCPU=2\nLimitCORE=3\n"),
            "--rlimit=CPU=1|--rlimit=CORE=3");
}

TEST(Settings, OrTheFile) {
  using enum SettingsMode;
  const std::string text = "[Exec]\nBoot=no\nUser=a\n[Network]\nPrivate=no\n";
  EXPECT_EQ(settled(Override, {"-b", "-q", "--network-veth", "x"}, text), "--quiet|--user=a");
  EXPECT_EQ(settled(Override, {"--chdir=/x", "ls"}, text), "--chdir=/x|--user=a");
  EXPECT_EQ(settled(Override, {"--bind=/a"}, "[Files]\nInaccessible=/b\n"), "|--inaccessible=/b");
}

TEST(Settings, AStrangersFileTakesNoRestrictionAway) {
  using enum SettingsMode;
  const std::string text =
      "[Exec]\nUser=root\nNoNewPrivileges=no\nDropCapability=CAP_KILL\nSystemCallFilter=~x\n"
      "Boot=no\nParameters=a\n[Files]\nReadOnly=no\nVolatile=no\n";
  EXPECT_EQ(settled(Override,
                    {"--user=b", "--no-new-privileges=yes", "--drop-capability=all",
                     "--system-call-filter=~y", "--read-only", "--volatile=state", "-b"},
                    text, false),
            "--user=b --no-new-privileges=yes --drop-capability=all --system-call-filter=~y "
            "--read-only --volatile=state|a");
}

TEST(Settings, MessagesArePrintable) {
  EXPECT_THAT(lowered("[Exec]\nBoot=\xc2\x9b\n")[0], HasSubstr("f.nspawn:2: Boot="));
  EXPECT_EQ(lowered("[Exec]\nBoot=\xc2\x9b\n")[0].find('\x9b'), std::string::npos);
  const auto notices = read_settings(file("[Exec]\nB\xc2\x9b=1\n"), true)->notices;
  EXPECT_EQ(notices.at(0).find('\x9b'), std::string::npos);
}

TEST(Settings, AnyFileIsReadOrRefused) {
  std::mt19937 random(2);  // NOLINT: the same bytes each time
  const auto keys = settings_keys();
  constexpr std::string_view kValues[] = {"yes", "no",  "",      "a b", "'",
                                          "A=b", "~x",  "/a:/b", "\\",  "\xff\xfe",
                                          "all", "1:2", ",",     "  ",  "="};
  for (int round = 0; round < 5000; ++round) {
    std::string text;
    for (auto count = random() % 12; count > 0; --count) {
      const auto& key = keys[random() % keys.size()];
      text += cat("[", key.section, "]\n", key.key, "=", kValues[random() % std::size(kValues)],
                  random() % 9 == 0 ? "\\" : "", "\n");
    }
    const bool trusted = random() % 2 == 0;
    auto settings = read_settings(file(text, trusted), trusted);
    if (!settings) {
      EXPECT_TRUE(settings.error().message().starts_with("f.nspawn:")) << text;
      continue;
    }
    auto given = parse_options(shapes(spawn_options()), {"-b", "--bind=/x", "a"});
    settle(random() % 2 == 0 ? SettingsMode::Yes : SettingsMode::Override, *given, *settings);
    for (const auto& [option, origin] : settings->options) {
      SpawnRequest request;
      request.surroundings = {.working_directory = "/", .variable = [](const std::string&) {
                                return std::optional<std::string>();
                              }};
      (void)spawn_options()[option.index].apply(request, option.value);
    }
  }
}

TEST(Settings, Modes) {
  EXPECT_EQ(*parse_settings_mode("yes"), SettingsMode::Yes);
  EXPECT_EQ(*parse_settings_mode("off"), SettingsMode::No);
  EXPECT_EQ(*parse_settings_mode("override"), SettingsMode::Override);
  EXPECT_EQ(*parse_settings_mode("trusted"), SettingsMode::Trusted);
  EXPECT_FALSE(parse_settings_mode("maybe"));
}

}  // namespace
}  // namespace warren::cli
