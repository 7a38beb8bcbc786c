#include "image/stored_image.h"

#include <gmock/gmock.h>

namespace warren::image {
namespace {

using ::testing::ElementsAre;

TEST(StoredImage, RecordIsReadAsWritten) {
  StoredImage image{
      .id = {}, .source = "debian:bookworm", .bytes = 123456789, .created = 1700000000};
  image.packages = {"curl", "nginx-light"};
  const auto read = parse_record(write_record(image));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->source, "debian:bookworm");
  EXPECT_EQ(read->bytes, 123456789U);
  EXPECT_EQ(read->created, 1700000000);
  EXPECT_THAT(read->packages, ElementsAre("curl", "nginx-light"));
  EXPECT_EQ(read->digest, "");
  image.digest = std::string(64, 'a');
  EXPECT_EQ(parse_record(write_record(image))->digest, image.digest);
}

TEST(StoredImage, MalformedRecordsAreRefused) {
  const std::string good = "source=x\nbytes=1\ncreated=2\n";
  EXPECT_TRUE(parse_record(good));
  for (const auto* text :
       {"", "\n", "source=x", "source=\n", "bytes=1\ncreated=2\n", "source=x\nbytes=-1\n",
        "source=x\nbytes=1k\n", "source=x\nunknown=1\n", "source=x\npackage=\n", "source\n",
        "source=x\n\nbytes=1\n", "source=x\ndigest=abc\n", "source=x\ncreated= 2\n"}) {
    EXPECT_FALSE(parse_record(text)) << text;
  }
}

TEST(StoredImage, IdsAreSafeFileNames) {
  EXPECT_EQ(make_image_id("busybox", 0xABC), "busybox-0000000000000abc");
  EXPECT_EQ(make_image_id("x", ~0ULL), "x-ffffffffffffffff");
  EXPECT_TRUE(is_image_id("debian-0123456789abcdef"));
  for (const auto* text : {"", "debian", "-0123456789abcdef", "debian-0123456789ABCDEF",
                           "debian-0123456789abcde", "../-0123456789abcdef", "a/b-0123456789abcdef",
                           ".building-0123456789abcdef", "debian-0123456789abcdef/"}) {
    EXPECT_FALSE(is_image_id(text)) << text;
  }
}

TEST(StoredImage, NamesAreNoPathsAndNoIds) {
  for (const auto* text : {"alpine", "alpine:3.20", "my_image-1.2+b", "A"}) {
    EXPECT_TRUE(is_image_name(text)) << text;
  }
  for (const std::string& text :
       {std::string(), std::string(".x"), std::string("-x"), std::string("a/b"), std::string("a b"),
        std::string("ä"), std::string(65, 'x'), std::string("debian-0123456789abcdef"),
        std::string("x\n"), std::string("a\0b", 3)}) {
    EXPECT_FALSE(is_image_name(text)) << text;
  }
}

}  // namespace
}  // namespace warren::image
