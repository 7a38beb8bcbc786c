#include <gmock/gmock.h>

#include "monitor/console.h"
#include "monitor/notifications.h"
#include "monitor/supervise.h"

namespace warren::monitor {
namespace {

using std::chrono::milliseconds;

TEST(Notifications, FieldsThatMatter) {
  const auto news = parse_notification("STATUS=up and running\nREADY=1\nX_UNKNOWN=1");
  EXPECT_TRUE(news.ready);
  EXPECT_FALSE(news.stopping);
  EXPECT_EQ(news.status, "up and running");
  EXPECT_TRUE(parse_notification("STOPPING=1").stopping);
}

TEST(Notifications, NothingElseCounts) {
  for (const auto* text :
       {"", "READY=0", "READY=1 ", " READY=1", "READY=11", "XREADY=1", "ready=1"}) {
    EXPECT_FALSE(parse_notification(text).ready) << text;
  }
}

TEST(Notifications, StatusIsPrintableAndShort) {
  EXPECT_EQ(parse_notification("STATUS=a\x1b[2Jb\tc").status, "a?[2Jb?c");
  EXPECT_EQ(parse_notification("STATUS=a\xc2\x9b\x32Jb\xc3\x9b").status, "a\xc2?2Jb\xc3\x9b");
  EXPECT_EQ(parse_notification("STATUS=" + std::string(5000, 'x')).status->size(), 256U);
}

TEST(Escape, ThreeWithinASecond) {
  EscapeDetector escape;
  const auto start = EscapeDetector::Clock::now();
  EXPECT_FALSE(escape.feed("\x1d", start));
  EXPECT_FALSE(escape.feed("\x1d", start + milliseconds(400)));
  EXPECT_TRUE(escape.feed("\x1d", start + milliseconds(900)));
  EscapeDetector pasted;
  EXPECT_TRUE(pasted.feed("abc\x1d\x1d\x1d", start));
}

TEST(Escape, TooSlowOrInterruptedIsNone) {
  EscapeDetector escape;
  const auto start = EscapeDetector::Clock::now();
  EXPECT_FALSE(escape.feed("\x1d\x1d", start));
  EXPECT_FALSE(escape.feed("\x1d", start + milliseconds(1500)));
  EXPECT_FALSE(escape.feed("\x1d", start + milliseconds(1600)));
  EXPECT_FALSE(escape.feed("x\x1d\x1d", start + milliseconds(1700)));
  EXPECT_TRUE(escape.feed("\x1d", start + milliseconds(1800)));
}

TEST(Supervise, RebootAndPowerOffAreSignals) {
  EXPECT_TRUE(is_reboot({.by_signal = true, .code = SIGHUP}));
  EXPECT_FALSE(is_reboot({.by_signal = false, .code = SIGHUP}));
  EXPECT_TRUE(is_power_off({.by_signal = true, .code = SIGINT}));
  EXPECT_FALSE(is_power_off({.by_signal = true, .code = SIGKILL}));
}

}  // namespace
}  // namespace warren::monitor
