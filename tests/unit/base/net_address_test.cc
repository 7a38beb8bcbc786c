#include "base/net_address.h"

#include <gtest/gtest.h>

namespace warren {
namespace {

TEST(NetAddress, ReadsAndWrites) {
  EXPECT_EQ(to_text(*parse_ip_address("10.1.2.3")), "10.1.2.3/32");
  EXPECT_EQ(to_text(*parse_ip_address("10.1.2.3/8")), "10.1.2.3/8");
  EXPECT_EQ(to_text(*parse_ip_address("FC00:0:0::1")), "fc00::1/128");
  EXPECT_EQ(bare_text(*parse_ip_address("fc00::1/64")), "fc00::1");
  EXPECT_EQ(to_text(*parse_mac_address("02:0A:ff:00:00:01")), "02:0a:ff:00:00:01");
}

TEST(NetAddress, RefusesWhatIsNone) {
  for (const char* text : {"", "10.1.2", "10.1.2.256", "10.1.2.3/33", "10.1.2.3/", "10.1.2.3/-1",
                           "fc00::1/129", "fc00::1%eth0", "a", ":", "10.1.2.3/8/8"}) {
    EXPECT_FALSE(parse_ip_address(text)) << text;
  }
  for (const char* text : {"", "02:00", "02:00:00:00:00:0", "02:00:00:00:00:001",
                           "02:00:00:00:00:0g", "02-00-00-00-00-01"}) {
    EXPECT_FALSE(parse_mac_address(text)) << text;
  }
}

TEST(NetAddress, Covers) {
  const auto covers = [](const char* network, const char* address) {
    return parse_ip_address(network)->covers(*parse_ip_address(address));
  };
  EXPECT_TRUE(covers("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(covers("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(covers("10.0.0.128/25", "10.0.0.129"));
  EXPECT_FALSE(covers("10.0.0.128/25", "10.0.0.127"));
  EXPECT_TRUE(covers("::/0", "fc00::1"));
  EXPECT_FALSE(covers("0.0.0.0/0", "fc00::1"));
}

}  // namespace
}  // namespace warren
