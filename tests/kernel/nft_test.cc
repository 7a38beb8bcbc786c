// What network/nft.h makes of rules is what nft(8) makes of them: both are listed by nft.
#include "network/nft.h"

#include <gmock/gmock.h>

#include <cerrno>
#include <cstdio>

#include "base/text.h"
#include "plan/packet_filter.h"
#include "tests/support/in_namespaces.h"

namespace warren::network {
namespace {

using plan::FilterElement;
using testing::HasSubstr;
using testing::Not;

std::string output_of(const std::string& command) {
  std::string text;
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) {
    text += static_cast<char>(c);
  }
  EXPECT_EQ(::pclose(pipe), 0) << command;
  return text;
}

void run_program(const std::string& ruleset) {
  std::FILE* const pipe = ::popen("nft -f -", "w");
  std::fputs(ruleset.c_str(), pipe);
  EXPECT_EQ(::pclose(pipe), 0) << ruleset;
}

std::string listed(const std::string& table, const std::string& options = "") {
  return output_of("nft " + options + " list table inet " + table);
}

std::vector<FilterElement> elements_of(const std::string& owner, const std::string& address,
                                       std::uint16_t ports) {
  const plan::Filtered wanted = {
      .links = {{.host_interface = "ve-" + owner,
                 .address = address,
                 .address6 = "fc00::2",
                 .forwards = {{.host_port = 8000, .container_port = 80, .count = ports},
                              {.protocol = "udp", .host_address = "::1", .host_port = 53},
                              {.host_address = "127.0.0.1", .host_port = 54},
                              {.host_interface = "eth0", .host_port = 55}}}},
      .internet = true};
  return filter_elements(wanted, owner);
}

std::string whole(const std::string& table, const std::vector<FilterElement>& elements) {
  return plan::table_text(table) + plan::add_text(table, elements);
}

void in_network(const std::function<void()>& body) {
  testing_support::in_namespaces(CLONE_NEWNET | CLONE_NEWNS, body);
}

int code_of(const Result<>& result) { return result ? 0 : result.error().code; }

TEST(Nft, IsWhatTheProgramMakes) {
  in_network([] {
    const auto elements = elements_of("web", "10.231.0.2", 3);
    run_program(whole("box", elements));
    const auto expected = listed("box");
    EXPECT_THAT(expected, HasSubstr("comment \"web\""));
    run_program("delete table inet box");
    ASSERT_TRUE(run_nft(whole("box", elements)));
    EXPECT_EQ(listed("box"), expected);
    ASSERT_TRUE(run_nft(plan::delete_text("box", elements)));
    EXPECT_THAT(listed("box"), Not(HasSubstr("elements")));
    ASSERT_TRUE(run_nft("delete table inet box\n"));
    EXPECT_EQ(output_of("nft list ruleset"), "");
  });
}

TEST(Nft, RulesThatAreThereAreLeftAlone) {
  in_network([] {
    ASSERT_TRUE(run_nft(whole("box", elements_of("web", "10.231.0.2", 1))));
    const auto rules = [] {  // with their numbers
      return output_of("nft -a list table inet box | grep -e accept -e drop -e nat -e masq");
    };
    const auto before = rules();
    std::string second = whole(
        "box",
        plan::filter_elements(
            {.links = {{.host_interface = "ve-other", .address = "10.231.0.4"}}, .internet = true},
            "other"));
    ASSERT_TRUE(run_nft(second));
    EXPECT_EQ(rules(), before);
    EXPECT_THAT(listed("box"), HasSubstr("10.231.0.4 comment \"other\""));
    // What somebody has taken away, or put in between, is mended.
    const auto plain = listed("box");
    for (const char* change : {"flush chain inet box guard", "insert rule inet box guard drop"}) {
      run_program(change);
      EXPECT_NE(listed("box"), plain);
      second = plan::table_text("box");
      ASSERT_TRUE(run_nft(second));
      EXPECT_EQ(listed("box"), plain) << change;
    }
  });
}

TEST(Nft, AllOrNothing) {
  in_network([] {
    const auto mine = elements_of("web", "10.231.0.2", 1);
    EXPECT_EQ(code_of(run_nft(plan::add_text("box", mine))), ENOENT);
    ASSERT_TRUE(run_nft(whole("box", mine)));
    const auto before = listed("box");
    EXPECT_EQ(code_of(run_nft(whole("box", elements_of("other", "10.231.0.4", 1)))), EEXIST);
    EXPECT_EQ(listed("box"), before);
    EXPECT_EQ(code_of(run_nft(plan::delete_text("box", elements_of("web", "10.231.0.2", 2)))),
              ENOENT);
    EXPECT_EQ(listed("box"), before);
    EXPECT_FALSE(run_nft("add rule inet box guard somebody accept\n"));
    EXPECT_FALSE(run_nft("make tea\n"));
    EXPECT_EQ(listed("box"), before);
  });
}

TEST(Nft, AsManyPortsAsThereAre) {
  in_network([] {
    const auto elements = elements_of("web", "10.231.0.2", 5000);
    ASSERT_TRUE(run_nft(whole("box", elements)));
    EXPECT_EQ(output_of("nft list map inet box any4 | grep -c web"), "5000\n");
    ASSERT_TRUE(run_nft(plan::delete_text("box", elements)));
  });
}

}  // namespace
}  // namespace warren::network
