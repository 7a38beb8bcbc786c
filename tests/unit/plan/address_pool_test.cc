#include "plan/address_pool.h"

#include <gtest/gtest.h>

namespace warren::plan {
namespace {

Network4 network(std::string_view text) { return *parse_network(text); }

std::string first_free(std::string_view pool, const std::vector<Network4>& taken) {
  const auto host = free_pair(network(pool), taken);
  return host ? address_text(*host) : "none";
}

TEST(AddressPool, TheFirstFreePairIsTaken) {
  EXPECT_EQ(first_free("10.231.0.0/16", {}), "10.231.0.1");
  EXPECT_EQ(first_free("10.231.0.0/16", {network("10.231.0.1/32")}), "10.231.0.3");
  EXPECT_EQ(first_free("10.231.0.0/16", {network("10.231.0.2/32")}), "10.231.0.3");
  EXPECT_EQ(first_free("10.231.0.0/16", {network("10.231.0.0/24")}), "10.231.1.1");
  EXPECT_EQ(first_free("10.231.0.0/16", {network("10.231.0.0/30"), network("192.0.2.0/24")}),
            "10.231.0.5");
  EXPECT_EQ(first_free("10.231.0.0/30", {network("10.231.0.1")}), "none");
  EXPECT_EQ(first_free("10.231.0.0/16", {network("10.0.0.0/8")}), "none");
  EXPECT_EQ(first_free("255.255.255.252/30", {}), "255.255.255.253");
}

TEST(AddressPool, AllOfAPoolIsUsedAndNoAddressTwice) {
  std::vector<Network4> taken;
  while (const auto host = free_pair(network("192.0.2.0/24"), taken)) {
    for (const auto address : {*host, *host + 1}) {
      const Network4 one = network(address_text(address));
      EXPECT_EQ(std::count(taken.begin(), taken.end(), one), 0) << address_text(address);
      taken.push_back(one);
    }
  }
  EXPECT_EQ(taken.size(), 254U);
}

TEST(AddressPool, RoutesOfTheHostAreRead) {
  const auto routes = parse_routes(
      "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
      "eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
      "eth0\t0000E70A\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n");
  ASSERT_EQ(routes.size(), 1U);
  EXPECT_EQ(routes[0], network("10.231.0.0/16"));
}

TEST(AddressPool, PairsAreReadBack) {
  const std::vector<KeptPair> pairs = {{"web", "eth0", 0x0AE70001}, {"db", "eth1", 0x0AE70003}};
  EXPECT_EQ(to_text(pairs), "10.231.0.1 web eth0\n10.231.0.3 db eth1\n");
  EXPECT_EQ(parse_pairs(to_text(pairs)), pairs);
  EXPECT_TRUE(parse_pairs("10.231.0 web eth0\n10.231.0.1 web\n\n").empty());
}

}  // namespace
}  // namespace warren::plan
