#include "plan/network.h"

#include <gmock/gmock.h>

#include <set>

namespace warren::plan {
namespace {

using testing::HasSubstr;

spec::Network one_pair(spec::Veth veth) {
  spec::Network network;
  network.isolated = true;
  network.veths.push_back(std::move(veth));
  return network;
}

std::string planned(const spec::Network& network, const std::string& machine = "web") {
  const auto plan = plan_network(network, machine, "seed");
  EXPECT_TRUE(plan) << plan.error().message();
  return to_text(*plan);
}

TEST(NetworkPlan, BothEndsReachEachOther) {
  EXPECT_EQ(planned(one_pair({.name = "eth0",
                              .mac = "02:00:00:00:00:01",
                              .host_address = "10.0.0.1",
                              .host_address6 = "fc00::1",
                              .address = "10.0.0.2",
                              .address6 = "fc00::2"})),
            "veth\n"
            "  host ve-web " +
                warren::to_text(mac_of("seed", "web:host:ve-web")) +
                "\n"
                "    address 10.0.0.1/32\n"
                "    address fc00::1/128\n"
                "    route 10.0.0.2/32\n"
                "    route fc00::2/128\n"
                "  inside eth0 02:00:00:00:00:01\n"
                "    address 10.0.0.2/32\n"
                "    address fc00::2/128\n"
                "    route 10.0.0.1/32\n"
                "    route 0.0.0.0/0 via 10.0.0.1\n"
                "    route fc00::1/128\n"
                "    route ::/0 via fc00::1\n");
}

TEST(NetworkPlan, APrefixLengthIsKeptAndRoutesAreToOneMachine) {
  const auto text = planned(one_pair({.host_address = "10.0.0.1/24", .address = "10.0.0.2/24"}));
  EXPECT_THAT(text, HasSubstr("address 10.0.0.1/24\n    route 10.0.0.2/32\n"));
  EXPECT_THAT(text, HasSubstr("address 10.0.0.2/24\n    route 10.0.0.1/32\n"));
}

TEST(NetworkPlan, ABridgeHasNoRoutes) {
  const auto text = planned(one_pair({.bridge = "br0", .address = "192.0.2.5/24"}));
  EXPECT_THAT(text, HasSubstr("veth bridge br0\n  host vb-web "));
  EXPECT_THAT(text, HasSubstr("address 192.0.2.5/24\n"));
  EXPECT_THAT(text, Not(HasSubstr("route")));
  EXPECT_THAT(planned(one_pair({.zone = "z"})), HasSubstr("veth bridge vz-z of its own\n"));
}

TEST(NetworkPlan, LongNamesAreCutAndStayApart) {
  EXPECT_EQ(interface_name("ve-", "twelve-chars"), "ve-twelve-chars");
  std::set<std::string> names;
  for (int i = 0; i < 1000; ++i) {
    const auto name = interface_name("ve-", "a-long-name-of-number-" + std::to_string(i));
    EXPECT_EQ(name.size(), 15U);
    EXPECT_THAT(name, testing::StartsWith("ve-a-long-n"));
    names.insert(name);
  }
  EXPECT_EQ(names.size(), 1000U);
  EXPECT_THAT(planned(one_pair({}), "thirteen-char"), HasSubstr(" alias ve-thirteen-char\n"));
}

TEST(NetworkPlan, EthernetAddressesAreStableAndOfOneMachine) {
  std::set<MacAddress> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto mac = mac_of("seed", std::to_string(i));
    EXPECT_EQ(mac[0] & 3, 2);
    EXPECT_EQ(mac, mac_of("seed", std::to_string(i)));
    EXPECT_NE(mac, mac_of("other", std::to_string(i)));
    seen.insert(mac);
  }
  EXPECT_EQ(seen.size(), 1000U);
}

TEST(NetworkPlan, AddressesThatCannotBe) {
  const auto refused = [](spec::Veth veth) {
    const auto plan = plan_network(one_pair(std::move(veth)), "web", "seed");
    return plan ? "" : plan.error().message();
  };
  EXPECT_THAT(refused({.address = "10.0.0"}), HasSubstr("'10.0.0' is none"));
  EXPECT_THAT(refused({.address = "10.0.0.1/33"}), HasSubstr("is none"));
  EXPECT_THAT(refused({.host_address = "10.0.0.1", .address = "10.0.0.1"}),
              HasSubstr("it is the address of both ends"));
  EXPECT_THAT(refused({.host_address6 = "fc00::1", .address6 = "fc00:0::1"}),
              HasSubstr("it is the address of both ends"));
}

}  // namespace
}  // namespace warren::plan
