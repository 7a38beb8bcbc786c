#include <gmock/gmock.h>

#include "config/values.h"

namespace warren::config {
namespace {

using spec::Mount;
using spec::Ownership;
using spec::Source;
using Place = spec::Source::Place;
using ::testing::ElementsAre;

const Surroundings kHere = {.working_directory = "/home/alice", .variable = {}};

TEST(Mounts, BindTakesOneToThreeParts) {
  EXPECT_EQ(*parse_bind("/a", false, kHere),
            (Mount{.sources = {{Place::Host, "/a"}}, .target = "/a"}));
  EXPECT_EQ(
      *parse_bind("www:/srv", true, kHere),
      (Mount{.sources = {{Place::Host, "/home/alice/www"}}, .target = "/srv", .read_only = true}));
  const auto mount = parse_bind("/a:/b:norbind,rootidmap", false, kHere);
  EXPECT_FALSE(mount->recursive);
  EXPECT_EQ(mount->ownership, Ownership::RootIsOwner);
  EXPECT_EQ(parse_bind("/a::idmap", false, kHere)->target, "/a");
}

TEST(Mounts, BindSourcesMayLieElsewhere) {
  EXPECT_EQ(parse_bind("+/etc:/b", false, kHere)->sources.front(),
            (Source{Place::Container, "/etc"}));
  EXPECT_EQ(parse_bind(":/b", false, kHere)->sources.front(), (Source{Place::Temporary, ""}));
  EXPECT_EQ(parse_bind("a\\:b:/c\\:d", false, kHere)->sources.front().path, "/home/alice/a:b");
  EXPECT_EQ(parse_bind("a\\:b:/c\\:d", false, kHere)->target, "/c:d");
}

TEST(Mounts, BindRefuses) {
  for (const auto* text : {"", ":", "/a:b", "/a:/b:c", "/a:/b:idmap:x", "/a:/../b", "+etc:/b"}) {
    EXPECT_FALSE(parse_bind(text, false, kHere)) << text;
  }
  EXPECT_TRUE(parse_bind("/a:/b:", false, kHere)->recursive) << "as systemd-nspawn takes it";
  EXPECT_EQ(parse_bind("/a:/b:idmpa", false, kHere).error().hint, "did you mean idmap?");
}

TEST(Mounts, Tmpfs) {
  EXPECT_EQ(parse_tmpfs("/a")->options, "");
  EXPECT_EQ(parse_tmpfs("/a:size=1M,mode=700")->options, "size=1M,mode=700");
  EXPECT_FALSE(parse_tmpfs("a"));
}

TEST(Mounts, OverlayOfTwoIsShownWhereTheUpperOneIs) {
  const auto mount = parse_overlay("/low:/up", false, kHere);
  EXPECT_EQ(mount->target, "/up");
  EXPECT_THAT(mount->sources, ElementsAre(Source{Place::Host, "/low"}, Source{Place::Host, "/up"}));
  EXPECT_EQ(parse_overlay("/low:+/up", false, kHere)->target, "/up");
}

TEST(Mounts, OverlayOfMoreHasItsTargetLast) {
  const auto mount = parse_overlay("+/a:/b::/c", false, kHere);
  EXPECT_EQ(mount->target, "/c");
  EXPECT_THAT(mount->sources, ElementsAre(Source{Place::Container, "/a"}, Source{Place::Host, "/b"},
                                          Source{Place::Temporary, ""}));
  EXPECT_FALSE(parse_overlay("/a", false, kHere));
  EXPECT_FALSE(parse_overlay("/a:/b:c", false, kHere));
}

}  // namespace
}  // namespace warren::config
