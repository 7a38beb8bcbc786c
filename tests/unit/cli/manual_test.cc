// The manual pages and the completion, compared with the files of the repository. WARREN_ACCEPT=1
// rewrites these.
#include "cli/manual.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "cli/help.h"
#include "cli/main.h"
#include "cli/spawn_options.h"

namespace warren::cli {
namespace {

using ::testing::ContainsRegex;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

void expect_file(const std::string& name, const std::string& made) {
  const std::string path = std::string(WARREN_SOURCE_DIR) + "/" + name;
  if (std::getenv("WARREN_ACCEPT") != nullptr) {
    std::ofstream(path) << made;
  }
  std::stringstream kept;
  kept << std::ifstream(path).rdbuf();
  EXPECT_EQ(made, kept.str()) << "see " << path;
}

TEST(Manual, Pages) {
  expect_file("docs/man/warren.1", main_manual());
  expect_file("docs/man/warren-spawn.1", spawn_manual());
}

TEST(Manual, Completion) {
  expect_file("completions/warren.bash", bash_completion());
  expect_file("completions/warren.zsh", zsh_completion());
  expect_file("completions/warren.fish", fish_completion());
}

TEST(Manual, EveryOptionHasItsText) {
  std::vector<std::string> options;
  for (const auto& option : spawn_options()) {
    if (option.name != nullptr) {
      options.push_back(*option.name != '\0' ? option.name : cat("-", option.letter));
    }
  }
  std::vector<std::string> texts;
  for (const auto& [name, text] : spawn_option_texts()) {
    texts.emplace_back(name);
    EXPECT_TRUE(text.ends_with('.')) << name;
  }
  EXPECT_THAT(texts, ElementsAreArray(options));
}

TEST(Manual, WhatTroffWouldTakeForItsOwnIsEscaped) {
  const auto page = spawn_manual();
  EXPECT_THAT(page, HasSubstr("\\fB\\-M\\fR, \\fB\\-\\-machine\\fR=\\fINAME\\fR\n"));
  EXPECT_THAT(page, HasSubstr("A colon in a path is written \\e:."));
  EXPECT_THAT(page, HasSubstr("Not with \\fB\\-\\-boot\\fR."));
}

TEST(Help, EveryVerbHasAnExample) {
  for (const auto& verb : verbs()) {
    EXPECT_THAT(verb.help(), HasSubstr("Example")) << verb.name;
    EXPECT_THAT(main_help(), ContainsRegex(" " + std::string(verb.name) + "[ \n]")) << verb.name;
  }
}

}  // namespace
}  // namespace warren::cli
