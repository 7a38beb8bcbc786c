#include "plan/resolver.h"

#include <gtest/gtest.h>

namespace warren::plan {
namespace {

TEST(Resolver, ServersOnTheLoopbackAreLeftOut) {
  const auto* const text =
      "# made by hand\nsearch example.org\nnameserver 127.0.0.53\nnameserver\t::1\n"
      "nameserver fe80::1%eth0\nnameserver 192.0.2.1 # the router\nnameserver ::1234\n"
      "options edns0\n";
  const auto kept = without_local_servers(text);
  EXPECT_EQ(kept,
            "# made by hand\nsearch example.org\nnameserver 192.0.2.1 # the router\n"
            "nameserver ::1234\noptions edns0\n");
  EXPECT_TRUE(names_a_server(kept));
}

TEST(Resolver, WithoutServersItNamesNone) {
  EXPECT_FALSE(names_a_server(without_local_servers("nameserver 127.0.0.1\nnameserver 0.0.0.0\n")));
  EXPECT_FALSE(names_a_server("# nameserver 192.0.2.1\nnameservers 192.0.2.1\nnameserver \n"));
  EXPECT_EQ(without_local_servers(""), "");
  EXPECT_EQ(without_local_servers("search a"), "search a\n");
}

}  // namespace
}  // namespace warren::plan
