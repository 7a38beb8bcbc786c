#include "cli/options.h"

#include <gmock/gmock.h>

#include <set>

#include "cli/report.h"
#include "cli/spawn_options.h"

namespace warren::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr auto kTable = std::to_array<OptionShape>({
    {"quiet", 'q', Takes::Nothing, "", "say less"},
    {nullptr, 0, Takes::Nothing, "", "More"},
    {"bind", 'b', Takes::Value, "PATH", "bind"},
    {"bind-ro", 0, Takes::Value, "PATH", "bind"},
    {"volatile", 0, Takes::MaybeValue, "MODE", nullptr},
    {"", 'U', Takes::Nothing, "", nullptr},
});

TEST(Options, AllSpellings) {
  const auto parsed = parse_options(kTable, {"-qU", "-b/a", "-b", "/b", "--bind=/c", "--bind", "/d",
                                             "--volatile", "--volatile=x", "--qui", "cmd", "-q"});
  ASSERT_TRUE(parsed);
  std::vector<std::string> values;
  for (const auto& option : parsed->options) {
    values.push_back(std::to_string(option.index) + option.value);
  }
  EXPECT_THAT(values, ElementsAre("0", "5", "2/a", "2/b", "2/c", "2/d", "4", "4x", "0"));
  EXPECT_THAT(parsed->arguments, ElementsAre("cmd", "-q"));
}

TEST(Options, TwoDashesEndThem) {
  EXPECT_THAT(parse_options(kTable, {"--", "--quiet"})->arguments, ElementsAre("--quiet"));
  EXPECT_THAT(parse_options(kTable, {})->arguments, ElementsAre());
}

TEST(Options, Complaints) {
  EXPECT_EQ(parse_options(kTable, {"--bind"}).error().message(),
            "--bind: its value is missing (--bind=PATH)");
  EXPECT_EQ(parse_options(kTable, {"-b"}).error().message(),
            "--bind: its value is missing (--bind=PATH)");
  EXPECT_EQ(parse_options(kTable, {"--quite"}).error().message(),
            "--quite: no such option (did you mean --quiet?)");
  EXPECT_EQ(parse_options(kTable, {"--quiet=1"}).error().message(), "--quiet: it takes no value");
  EXPECT_EQ(parse_options(kTable, {"-z"}).error().message(), "-z: no such option (see --help)");
  EXPECT_THAT(parse_options(kTable, {"--bin=/x"}).error().message(),
              HasSubstr("it could be several options"));
}

TEST(Options, HelpShowsWhatIsNotHidden) {
  const auto help = option_help(kTable);
  EXPECT_THAT(help, HasSubstr("  -q --quiet"));
  EXPECT_THAT(help, HasSubstr("\nMore:\n"));
  EXPECT_THAT(help, HasSubstr("     --bind-ro=PATH"));
  EXPECT_EQ(help.find("volatile"), std::string::npos);
}

TEST(SpawnOptions, NamesAndLettersAreUnique) {
  std::set<std::string> names;
  std::set<char> letters;
  for (const auto& option : spawn_options()) {
    if (option.name != nullptr) {
      EXPECT_TRUE(*option.name == '\0' || names.insert(option.name).second) << option.name;
      EXPECT_TRUE(option.letter == 0 || letters.insert(option.letter).second) << option.letter;
      EXPECT_NE(option.apply, nullptr) << option.name;
    }
  }
}

TEST(Report, ExitStatusSaysWhatFailed) {
  EXPECT_EQ(exit_status_of(Error::from_errno(ENOENT, "execute", "x")), 127);
  EXPECT_EQ(exit_status_of(Error::from_errno(EACCES, "execute", "x")), 126);
  EXPECT_EQ(exit_status_of(Error::from_errno(ENOEXEC, "execute", "x")), 126);
  EXPECT_EQ(exit_status_of(Error::from_errno(ENOENT, "open", "x")), 125);
}

}  // namespace
}  // namespace warren::cli
