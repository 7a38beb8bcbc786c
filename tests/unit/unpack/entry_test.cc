#include "programs/unpack/entry.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <memory>
#include <string>

namespace warren::unpack {
namespace {

class Entry : public ::testing::Test {
 protected:
  Entry() : entry_(archive_entry_new(), archive_entry_free) {
    archive_entry_set_pathname(entry_.get(), "file");
    archive_entry_set_filetype(entry_.get(), AE_IFREG);
    archive_entry_set_perm(entry_.get(), 04755);
  }
  std::string path_after(const char* path) {
    archive_entry_set_pathname(entry_.get(), path);
    const auto fate = check_entry(entry_.get());
    return fate ? archive_entry_pathname(entry_.get()) : "refused";
  }
  std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry_;
};

TEST_F(Entry, NamesStayInTheTree) {
  EXPECT_EQ(path_after("a/b"), "a/b");
  EXPECT_EQ(path_after("./a//b/./c"), "a/b/c");
  EXPECT_EQ(path_after("/etc/passwd"), "etc/passwd");
  EXPECT_EQ(path_after("a..b/..."), "a..b/...");
  for (const auto* path : {"..", "../x", "a/../b", "a/..", "/../x", "./.."}) {
    EXPECT_EQ(path_after(path), "refused") << path;
  }
  EXPECT_EQ(path_after("."), "refused") << "a file in place of the root";
  archive_entry_set_filetype(entry_.get(), AE_IFDIR);
  EXPECT_EQ(path_after("./"), ".");
  std::string deep;
  for (int i = 0; i < 201; ++i) {
    deep += "d/";
  }
  EXPECT_EQ(path_after(deep.c_str()), "refused");
  EXPECT_EQ(path_after(std::string(5000, 'x').c_str()), "refused");
}

TEST_F(Entry, HardLinksStayInTheTree) {
  archive_entry_set_hardlink(entry_.get(), "/etc/shadow");
  ASSERT_TRUE(check_entry(entry_.get()));
  EXPECT_STREQ(archive_entry_hardlink(entry_.get()), "etc/shadow");
  archive_entry_set_hardlink(entry_.get(), "../shadow");
  EXPECT_FALSE(check_entry(entry_.get()));
}

TEST_F(Entry, OwnersAreThoseAContainerHas) {
  for (const la_int64_t id : {0, 1000, 65534, 65535}) {
    archive_entry_set_uid(entry_.get(), id);
    archive_entry_set_gid(entry_.get(), id);
    EXPECT_TRUE(check_entry(entry_.get())) << id;
  }
  for (const la_int64_t id : {la_int64_t{65536}, la_int64_t{-1}, la_int64_t{1} << 32}) {
    archive_entry_set_uid(entry_.get(), id);
    EXPECT_FALSE(check_entry(entry_.get())) << id;
    archive_entry_set_uid(entry_.get(), 0);
    archive_entry_set_gid(entry_.get(), id);
    EXPECT_FALSE(check_entry(entry_.get())) << id;
    archive_entry_set_gid(entry_.get(), 0);
  }
  archive_entry_acl_add_entry(entry_.get(), ARCHIVE_ENTRY_ACL_TYPE_ACCESS, ARCHIVE_ENTRY_ACL_READ,
                              ARCHIVE_ENTRY_ACL_USER, 70000, "");
  EXPECT_FALSE(check_entry(entry_.get()));
}

TEST_F(Entry, DevicesHaveNoPlace) {
  for (const unsigned type : {AE_IFCHR, AE_IFBLK, AE_IFSOCK}) {
    archive_entry_set_filetype(entry_.get(), type);
    EXPECT_EQ(*check_entry(entry_.get()), Fate::Leave);
  }
  for (const unsigned type : {AE_IFREG, AE_IFDIR, AE_IFLNK, AE_IFIFO}) {
    archive_entry_set_filetype(entry_.get(), type);
    EXPECT_EQ(*check_entry(entry_.get()), Fate::Make);
  }
}

TEST_F(Entry, KeepsAttributesThatMeanNothingToTheHost) {
  for (const auto* name :
       {"user.note", "security.capability", "trusted.overlay.redirect", "user.overlay.opaque",
        "security.selinux", "security.ima", "system.posix_acl_access", "trusted.x"}) {
    archive_entry_xattr_add_entry(entry_.get(), name, "v", 1);
  }
  ASSERT_TRUE(check_entry(entry_.get()));
  std::vector<std::string> left;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t size = 0;
  archive_entry_xattr_reset(entry_.get());
  while (archive_entry_xattr_next(entry_.get(), &name, &value, &size) == 0) {
    left.emplace_back(name);
  }
  EXPECT_THAT(left, ::testing::UnorderedElementsAre("user.note", "security.capability"));
}

}  // namespace
}  // namespace warren::unpack
