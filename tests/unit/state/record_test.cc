#include "state/record.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace warren::state {
namespace {

TEST(Record, ComesBackAsItWas) {
  for (const auto phase : {Phase::Starting, Phase::Running, Phase::Stopping, Phase::Restarting}) {
    const Record record = {.phase = phase,
                           .monitor = 42,
                           .monitor_start = 123456789,
                           .leader = 43,
                           .since = 1700000000,
                           .restarts = 3,
                           .generation = 7};
    const auto back = parse_record(to_text(record));
    ASSERT_TRUE(back) << back.error().message();
    EXPECT_EQ(*back, record);
  }
}

TEST(Record, EndingComesBackOnOneLineEach) {
  Ending ending = {.time = 5, .status = 9, .by_signal = true, .failed = true, .reason = "a\nb=c"};
  const auto back = parse_ending(to_text(ending));
  ASSERT_TRUE(back) << back.error().message();
  ending.reason = "a b=c";
  EXPECT_EQ(*back, ending);
}

TEST(Record, AdoptedComesBackAndRefusesWhatIsMissing) {
  const Adopted adopted = {.monitor = 42, .monitor_start = 123456789, .generation = 7};
  const auto back = parse_adopted(to_text(adopted));
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(*back, adopted);
  EXPECT_FALSE(parse_adopted("monitor=42\ngeneration=7\n"));
  EXPECT_FALSE(parse_adopted(""));
}

TEST(Record, RefusesWhatIsMissingOrUnknown) {
  const std::string whole = to_text(Record{});
  for (const auto line : split(whole, '\n')) {
    std::string rest = whole;
    rest.erase(rest.find(line), line.size());
    EXPECT_EQ(parse_record(rest).has_value(), line.empty()) << line;
  }
  EXPECT_FALSE(parse_record("state=dancing\n" + whole.substr(whole.find('\n') + 1)));
  EXPECT_FALSE(parse_ending("time=1\nstatus=0\nby-signal=maybe\nfailed=no\nreason=\n"));
}

}  // namespace
}  // namespace warren::state
