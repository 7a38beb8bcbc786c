#include "manager/listing.h"

#include <gmock/gmock.h>

namespace warren::manager {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Listing, SaysWhatAListShows) {
  spec::Declaration declaration = {.name = "web"};
  declaration.image = {.kind = spec::ImageSource::Kind::Debian, .argument = "bookworm"};
  declaration.auto_start = true;
  declaration.network.first.local_address = "10.1.2.3/24";
  declaration.network.first.local_address6 = "fc00::1";
  declaration.network.extra_veths = {{.name = "lan", .local_address = "auto"},
                                     {.name = "dmz", .local_address = "10.9.0.2"}};
  const auto listing = make_listing(declaration);
  EXPECT_EQ(listing.image, "debian:bookworm");
  EXPECT_TRUE(listing.auto_start);
  EXPECT_THAT(listing.addresses, ElementsAre("10.1.2.3", "fc00::1", "10.9.0.2"));
  EXPECT_EQ(parse_listing(to_text(listing)), listing);
}

TEST(Listing, ATreeOfThePersonsOwnIsItsImage) {
  EXPECT_EQ(make_listing({.name = "web", .path = "/srv/web"}).image, "path:/srv/web");
}

TEST(Listing, WhatCannotBeReadIsLeftOut) {
  const auto listing = parse_listing("nonsense\nimage=a=b\nauto-start=yes\nlater=1");
  EXPECT_EQ(listing.image, "a=b");
  EXPECT_FALSE(listing.auto_start);
  EXPECT_THAT(parse_listing("").addresses, IsEmpty());
}

}  // namespace
}  // namespace warren::manager
