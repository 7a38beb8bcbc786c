#include "plan/packet_filter.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/text.h"

namespace warren::plan {
namespace {

using spec::ForwardPort;

Filtered web() {
  return {.links = {{.host_interface = "ve-web",
                     .address = "10.231.0.2",
                     .address6 = "fc00::2",
                     .forwards = {{.host_port = 8080, .container_port = 80}}}}};
}

void expect_golden(const std::string& name, const std::string& text) {
  const std::string path =
      std::string(WARREN_SOURCE_DIR) + "/tests/golden/packet_filter/" + name + ".nft";
  if (std::getenv("WARREN_ACCEPT") != nullptr) {
    std::ofstream(path) << text;
  }
  std::ifstream file(path);
  const std::string expected(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(text, expected) << "WARREN_ACCEPT=1 rewrites " << path;
}

std::string sets_of(const std::vector<FilterElement>& elements) {
  std::string text;
  for (const auto& one : elements) {
    text += one.set + " " + one.key + (one.value.empty() ? "" : " -> ") + one.value + "\n";
  }
  return text;
}

TEST(PacketFilter, Table) { expect_golden("table", table_text("warren")); }

TEST(PacketFilter, OfAContainer) {
  Filtered wanted = web();
  wanted.internet = true;
  wanted.links[0].forwards.push_back(
      {.protocol = "udp", .host_address = "::1", .host_port = 53, .container_port = 5353});
  wanted.links[0].forwards.push_back(
      {.host_interface = "eth0", .host_port = 9000, .container_port = 9000, .count = 3});
  const auto elements = filter_elements(wanted, "web");
  expect_golden("container", add_text("warren", elements) + delete_text("warren", elements));
}

TEST(PacketFilter, ForwardGoesToTheFamiliesThatThereAre) {
  Filtered only4 = web();
  only4.links[0].address6.clear();
  EXPECT_EQ(sets_of(filter_elements(only4, "web")),
            "any4 tcp . 8080 -> 10.231.0.2 . 80\n"
            "inside4 10.231.0.2\n"
            "same4 \"ve-web\" . \"ve-web\" . 10.231.0.2\n");
  Filtered every6 = web();
  every6.links[0].forwards[0].host_address = "::";
  EXPECT_EQ(sets_of(filter_elements(every6, "web")),
            "any6 tcp . 8080 -> fc00::2 . 80\n"
            "inside6 fc00::2\n"
            "same6 \"ve-web\" . \"ve-web\" . fc00::2\n");
  Filtered nowhere = web();
  nowhere.links[0].address.clear();
  nowhere.links[0].forwards[0].host_address = "127.0.0.1";
  EXPECT_TRUE(filter_elements(nowhere, "web").empty());
}

TEST(PacketFilter, HostForwardsOnlyWhatComesFromOutside) {
  Filtered wanted = web();
  EXPECT_TRUE(forwarded_families(wanted).ipv4);
  EXPECT_TRUE(forwarded_families(wanted).ipv6);
  wanted.links[0].forwards[0].host_address = "127.0.0.1";
  EXPECT_FALSE(forwarded_families(wanted).ipv4);
  EXPECT_FALSE(forwarded_families(wanted).ipv6);
  wanted.internet = true;
  wanted.links[0].address6.clear();
  EXPECT_TRUE(forwarded_families(wanted).ipv4);
  EXPECT_FALSE(forwarded_families(wanted).ipv6);
}

TEST(PacketFilter, ListingIsReadBack) {
  const auto elements = parse_elements(R"(table inet warren {
	map any4 {
		type inet_proto . inet_service : ipv4_addr . inet_service
		elements = { tcp . 8080 comment "web" : 10.231.0.2 . 80,
			     udp . 53 comment "a-b.c" : 10.231.0.4 . 53 }
	}

	set inside6 {
		type ipv6_addr
		elements = { fc00::2 comment "web" }
	}

	chain guard {
		type filter hook prerouting priority raw; policy accept;
		iifname != "lo" ip daddr { 127.0.0.0/8, 1.2.3.4 } drop
	}
})");
  ASSERT_EQ(elements.size(), 3U);
  EXPECT_EQ(elements[0], (FilterElement{"any4", "tcp . 8080", "10.231.0.2 . 80", "web"}));
  EXPECT_EQ(elements[1], (FilterElement{"any4", "udp . 53", "10.231.0.4 . 53", "a-b.c"}));
  EXPECT_EQ(elements[2], (FilterElement{"inside6", "fc00::2", "", "web"}));
  EXPECT_EQ(delete_text("warren", elements),
            "delete element inet warren any4 { tcp . 8080, udp . 53 }\n"
            "delete element inet warren inside6 { fc00::2 }\n");
}

TEST(PacketFilter, OthersThatDropAreFound) {
  EXPECT_EQ(dropping_tables(R"(table ip filter {
	chain FORWARD {
		type filter hook forward priority filter; policy drop;
	}
	chain INPUT {
		type filter hook input priority filter; policy drop;
	}
}
table bridge filter {
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
}
table inet warren {
	chain forward {
		type filter hook forward priority filter; policy drop;
	}
}
table inet firewalld {
	chain filter_FORWARD {
		type filter hook forward priority filter + 10; policy accept;
	}
})",
                            "warren"),
            (std::vector<std::string>{"ip filter"}));
}

TEST(PacketFilter, OthersThatForwardAreFound) {
  const auto chain = [](std::string_view table, std::string_view type) {
    return cat("table inet ", table, " {\n\tchain c {\n\t\t", type, "; policy accept;\n\t}\n}\n");
  };
  const std::string own = chain("warren", "type nat hook prerouting priority dstnat");
  EXPECT_FALSE(has_forwarding_chains("", "warren"));
  EXPECT_FALSE(has_forwarding_chains(own, "warren"));
  EXPECT_FALSE(has_forwarding_chains(
      own + chain("filter", "type filter hook input priority filter"), "warren"));
  EXPECT_TRUE(has_forwarding_chains(
      own + chain("filter", "type filter hook forward priority filter"), "warren"));
  EXPECT_TRUE(has_forwarding_chains(chain("nat", "type nat hook postrouting priority srcnat") + own,
                                    "warren"));
  EXPECT_TRUE(has_forwarding_chains(own, "warren-1"));
}

}  // namespace
}  // namespace warren::plan
