#include "image/apt_sources.h"

#include <gmock/gmock.h>

namespace warren::image {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr const char* kDeb822 =
    "Types: deb\n"
    "# a comment\n"
    "URIs: http://mirror.example/debian\n"
    "Suites: bookworm bookworm-updates\n"
    "Components: main\n"
    " non-free-firmware odd\n"
    "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    "\n"
    "Types: deb deb-src\n"
    "URIs: http://security.example/debian-security\n"
    "Suites: bookworm-security\n"
    "Components: main\n"
    "\n"
    "Types: deb\n"
    "URIs: https://example.com/node\n"
    "Suites: bookworm\n"
    "Components: main\n"
    "Signed-By: /usr/share/keyrings/somebody.gpg\n"
    "\n"
    "Enabled: no\nTypes: deb\nURIs: http://off.example/debian\nSuites: bookworm\nComponents: "
    "main\n";

TEST(AptSources, TakesDebiansOwnOfTheSuite) {
  EXPECT_THAT(
      debian_sources("bookworm", "", kDeb822),
      ElementsAre("deb http://mirror.example/debian bookworm main non-free-firmware",
                  "deb http://mirror.example/debian bookworm-updates main non-free-firmware",
                  "deb http://security.example/debian-security bookworm-security main"));
}

TEST(AptSources, OtherSuitesAreMmdebstrapsBusiness) {
  EXPECT_THAT(debian_sources("trixie", "", kDeb822), IsEmpty());
  EXPECT_THAT(debian_sources("bookworm", "deb http://x/debian bookworm-updates main\n", ""),
              IsEmpty())
      << "the suite itself is missing";
  EXPECT_THAT(debian_sources("bookworm", "", ""), IsEmpty());
}

TEST(AptSources, ReadsTheOneLineForm) {
  const auto* text =
      "# deb http://commented/debian bookworm main\n"
      "deb [ arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg ] "
      "http://m/debian  bookworm\tmain contrib # local\n"
      "deb-src http://m/debian bookworm main\n"
      "deb [signed-by=/etc/apt/keyrings/docker.asc] https://docker.example/debian bookworm stable\n"
      "deb [signed-by=/etc/apt/keyrings/x.gpg] https://x.example/debian bookworm main\n"
      "deb [broken http://m/debian bookworm main\n"
      "deb\n";
  EXPECT_THAT(debian_sources("bookworm", text, ""),
              ElementsAre("deb http://m/debian bookworm main contrib"));
}

}  // namespace
}  // namespace warren::image
