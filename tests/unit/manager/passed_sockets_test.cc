// What a passed socket is called.
#include "manager/passed_sockets.h"

#include <gtest/gtest.h>

namespace warren::manager {
namespace {

TEST(PassedSockets, NamesHaveNoColonAndStayApart) {
  EXPECT_EQ(descriptor_name("/run/web.sock"), "/run/web.sock");
  EXPECT_EQ(descriptor_name("8080"), "8080");
  EXPECT_EQ(descriptor_name("127.0.0.1:80"), "127.0.0.1\\x3a80");
  EXPECT_EQ(descriptor_name("[::1]:80"), "[\\x3a\\x3a1]\\x3a80");
  EXPECT_NE(descriptor_name("/a:b"), descriptor_name("/a\\x3ab"));
}

}  // namespace
}  // namespace warren::manager
