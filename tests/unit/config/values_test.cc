#include "config/values.h"

#include <gmock/gmock.h>
#include <sys/personality.h>

#include <csignal>

#include "spec/capabilities.h"

namespace warren::config {
namespace {

using ::testing::ElementsAre;

const Surroundings kHere = {.working_directory = "/home/alice",
                            .variable = [](const std::string& name) -> std::optional<std::string> {
                              return name == "SET" ? std::optional<std::string>("value")
                                                   : std::nullopt;
                            }};

TEST(Values, Paths) {
  EXPECT_EQ(*absolute_path("www", "/home/alice"), "/home/alice/www");
  EXPECT_EQ(*absolute_path("//a/./b///c/", "/"), "/a/b/c");
  EXPECT_EQ(*absolute_path("../x", "/home"), "/home/../x");
  EXPECT_EQ(*absolute_path("/", "/home"), "/");
  EXPECT_FALSE(absolute_path("", "/home"));
  EXPECT_FALSE(absolute_path("www", ""));
  EXPECT_EQ(*absolute_path("/www", ""), "/www");
  EXPECT_EQ(*inside_path("/a//b/"), "/a/b");
  EXPECT_EQ(*inside_path("/..a/b.."), "/..a/b..");
  for (const auto* path : {"", "a", "./a", "/a/..", "/../a"}) {
    EXPECT_FALSE(inside_path(path)) << path;
  }
}

TEST(Values, Names) {
  for (const auto* name : {"a", "web-1", "A_b", "host.example.org", "0"}) {
    EXPECT_EQ(parse_name(name).value_or(""), name);
  }
  for (const auto* name : {"", "-a", "a..b", ".a", "a.", "a/b", "a b", "a.-b", "\xc3\xa4"}) {
    EXPECT_FALSE(parse_name(name)) << name;
  }
  EXPECT_TRUE(parse_name(std::string(64, 'x')));
  EXPECT_FALSE(parse_name(std::string(65, 'x')));
}

TEST(Values, Uuids) {
  EXPECT_EQ(*parse_uuid("C9F6B1D2-0A3E-4B5C-8D7E-1F2A3B4C5D6E"),
            "c9f6b1d20a3e4b5c8d7e1f2a3b4c5d6e");
  EXPECT_TRUE(parse_uuid("c9f6b1d20a3e4b5c8d7e1f2a3b4c5d6e"));
  for (const auto* text :
       {"", "c9f6", "g9f6b1d20a3e4b5c8d7e1f2a3b4c5d6e", "00000000000000000000000000000000"}) {
    EXPECT_FALSE(parse_uuid(text)) << text;
  }
}

TEST(Values, Volatile) {
  using Volatile = spec::Root::Volatile;
  EXPECT_EQ(*parse_volatile(""), Volatile::Yes);
  EXPECT_EQ(*parse_volatile("no"), Volatile::No);
  EXPECT_EQ(*parse_volatile("state"), Volatile::State);
  EXPECT_EQ(*parse_volatile("overlay"), Volatile::Overlay);
  EXPECT_FALSE(parse_volatile("some"));
}

TEST(Values, PivotRoot) {
  EXPECT_EQ(*parse_pivot_root("/a"), std::pair(std::string("/a"), std::string()));
  EXPECT_EQ(*parse_pivot_root("/a:/b"), std::pair(std::string("/a"), std::string("/b")));
  for (const auto* text : {"", "/", "a", "/a:b", "/a:/b:/c", "/a:/a"}) {
    EXPECT_FALSE(parse_pivot_root(text)) << text;
  }
}

TEST(Values, PrivateUsers) {
  using Mode = spec::Users::Mode;
  EXPECT_EQ(parse_private_users("pick")->mode, Mode::Pick);
  EXPECT_EQ(parse_private_users("identity")->mode, Mode::Identity);
  EXPECT_EQ(parse_private_users("no")->mode, Mode::None);
  EXPECT_EQ(parse_private_users("0")->mode, Mode::None);
  EXPECT_EQ(parse_private_users("")->mode, Mode::Owner);
  EXPECT_EQ(parse_private_users("yes")->mode, Mode::Owner);
  EXPECT_EQ(parse_private_users("100000")->base, 100000U);
  EXPECT_EQ(parse_private_users("100000")->count, 65536U);
  EXPECT_EQ(parse_private_users("100000:10")->count, 10U);
  for (const auto* text : {"picked", "100000:", "100000:0", "100000:1:2", "4294967295:1", "-5"}) {
    EXPECT_FALSE(parse_private_users(text)) << text;
  }
}

TEST(Values, Assignments) {
  EXPECT_EQ(*parse_assignment("A=b=c", kHere), std::pair(std::string("A"), std::string("b=c")));
  EXPECT_EQ(parse_assignment("A=", kHere)->second, "");
  EXPECT_EQ(parse_assignment("SET", kHere)->second, "value");
  for (const auto* text : {"", "=x", "UNSET", "1A=x", "A-B=x"}) {
    EXPECT_FALSE(parse_assignment(text, kHere)) << text;
  }
}

TEST(Values, Signals) {
  EXPECT_EQ(*parse_signal("TERM"), SIGTERM);
  EXPECT_EQ(*parse_signal("SIGWINCH"), SIGWINCH);
  EXPECT_EQ(*parse_signal("SIGIO"), SIGIO);
  EXPECT_EQ(*parse_signal("POLL"), SIGIO);
  EXPECT_EQ(*parse_signal("9"), SIGKILL);
  EXPECT_EQ(*parse_signal("RTMIN"), SIGRTMIN);
  EXPECT_EQ(*parse_signal("SIGRTMIN+3"), SIGRTMIN + 3);
  EXPECT_EQ(*parse_signal("RTMAX-1"), SIGRTMAX - 1);
  for (const auto* text :
       {"", "SIG", "term", "0", "65", "-9", "RTMIN-1", "RTMIN+31", "RTMAX+1", "RTMIN+"}) {
    EXPECT_FALSE(parse_signal(text)) << text;
  }
}

TEST(Values, Limits) {
  const auto limit = parse_limit("RLIMIT_NOFILE=1K:infinity");
  EXPECT_EQ(limit->first, RLIMIT_NOFILE);
  EXPECT_EQ(limit->second.rlim_cur, 1024U);
  EXPECT_EQ(limit->second.rlim_max, RLIM_INFINITY);
  EXPECT_EQ(parse_limit("CORE=0")->second.rlim_max, 0U);
  EXPECT_EQ(parse_limit("LimitNPROC=5")->first, RLIMIT_NPROC);
  for (const auto* text :
       {"", "NOFILE", "NOFILE=", "FILES=1", "NOFILE=2:1", "NOFILE=1:2:3", "NOFILE=-1"}) {
    EXPECT_FALSE(parse_limit(text)) << text;
  }
}

TEST(Values, LimitsAreInTheUnitOfWhatIsLimited) {
  const auto soft = [](const char* text) {
    const auto limit = parse_limit(text);
    return limit ? limit->second.rlim_cur : rlim_t{12345};
  };
  EXPECT_EQ(soft("CPU=5"), 5U);
  EXPECT_EQ(soft("CPU=1min 30s"), 90U);
  EXPECT_EQ(soft("CPU=1500ms"), 2U);
  EXPECT_EQ(soft("RTTIME=5ms"), 5000U);
  EXPECT_EQ(soft("RTTIME=7"), 7U);
  EXPECT_EQ(soft("NICE=-5"), 25U);
  EXPECT_EQ(soft("NICE=+5"), 15U);
  EXPECT_EQ(soft("NICE=40"), 40U);
  EXPECT_EQ(soft("FSIZE=1E"), rlim_t{1} << 60);
  for (const auto* text :
       {"CPU=5x", "CPU=s", "CPU=", "CPU=-1", "CPU=99999999999999999999", "CPU=9999999999999w",
        "NICE=41", "NICE=+20", "NICE=-21", "NICE=+-5", "NICE=5ms", "AS=5s"}) {
    EXPECT_FALSE(parse_limit(text)) << text;
  }
}

TEST(Values, Processors) {
  EXPECT_THAT(*parse_cpu_affinity("0-2,5"), ElementsAre(0, 1, 2, 5));
  EXPECT_THAT(*parse_cpu_affinity("3 1"), ElementsAre(3, 1));
  for (const auto* text : {"", ",", "a", "2-1", "-1", "1024"}) {
    EXPECT_FALSE(parse_cpu_affinity(text)) << text;
  }
}

TEST(Values, Capabilities) {
  EXPECT_EQ(*parse_capabilities("CAP_CHOWN,kill"), 0x21U);
  EXPECT_EQ(*parse_capabilities("all"), spec::kAllCapabilities);
  EXPECT_EQ(parse_capabilities("CAP_CHOWNN").error().hint, "did you mean CAP_CHOWN?");
  EXPECT_FALSE(parse_capabilities(""));
}

TEST(Values, SyscallFilters) {
  EXPECT_THAT(*parse_syscall_filter("@keyring bpf,add_key"),
              ElementsAre(spec::SyscallRule{"@keyring", true}, spec::SyscallRule{"bpf", true},
                          spec::SyscallRule{"add_key", true}));
  EXPECT_FALSE(parse_syscall_filter("~mount")->front().allow);
  EXPECT_FALSE(parse_syscall_filter("~"));
  EXPECT_FALSE(parse_syscall_filter(" "));
}

TEST(Values, Words) {
  EXPECT_EQ(*parse_console("autopipe", true), spec::Console::Interactive);
  EXPECT_EQ(*parse_console("autopipe", false), spec::Console::Pipe);
  EXPECT_EQ(*parse_resolv_conf("bind-stub"), spec::ResolvConf::BindStub);
  EXPECT_EQ(*parse_timezone("symlink"), spec::Timezone::Symlink);
  EXPECT_EQ(*parse_personality("x86"), static_cast<unsigned long>(PER_LINUX32));
  EXPECT_EQ(parse_resolv_conf("copy-hosts").error().hint, "did you mean copy-host?");
  EXPECT_FALSE(parse_timezone(""));
}

TEST(Values, Credentials) {
  EXPECT_EQ(*parse_credential("id:a\\x00b:c"), (spec::Credential{"id", std::string("a\0b:c", 5)}));
  for (const auto* text : {"", "id", ":x", "a/b:x", "..:x", "id:\\"}) {
    EXPECT_FALSE(parse_credential(text)) << text;
  }
}

TEST(Values, OomScore) {
  EXPECT_EQ(*parse_oom_score_adjust("-1000"), -1000);
  EXPECT_FALSE(parse_oom_score_adjust("1001"));
  EXPECT_FALSE(parse_oom_score_adjust(""));
}

}  // namespace
}  // namespace warren::config
