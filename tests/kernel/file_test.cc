#include "kernel/file.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <vector>

namespace warren::kernel {
namespace {

class File : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/warren-test-XXXXXX";
    path_ = mkdtemp(name);
    directory_ = *open(path_, O_RDONLY | O_DIRECTORY);
  }
  void TearDown() override { (void)remove_tree(AT_FDCWD, path_); }

  std::string path_;
  UniqueFd directory_;
};

TEST_F(File, OpenInRootStaysBeneath) {
  ASSERT_EQ(symlink("/etc/passwd", (path_ + "/absolute").c_str()), 0);
  ASSERT_EQ(symlink("../../../../etc/passwd", (path_ + "/up").c_str()), 0);
  ASSERT_EQ(symlink("/proc/self/fd", (path_ + "/magic").c_str()), 0);
  for (const auto* name : {"absolute", "up", "../../etc/passwd"}) {
    const auto opened = open_in_root(directory_.get(), name, O_RDONLY);
    ASSERT_FALSE(opened) << name;
    EXPECT_EQ(opened.error().code, ENOENT) << name;
  }
  ASSERT_TRUE(ensure_directory(directory_.get(), "etc", 0755));
  ASSERT_TRUE(write_new(directory_.get(), "etc/passwd", "inside", 0644));
  for (const auto* name : {"absolute", "up", "../../etc/passwd", "/etc/passwd"}) {
    const auto opened = open_in_root(directory_.get(), name, O_RDONLY);
    ASSERT_TRUE(opened) << name;
    EXPECT_EQ(*read_all(opened->get(), name), "inside") << name;
  }
}

TEST_F(File, OnlyRegularFilesAreOpenedForReading) {
  ASSERT_EQ(mkfifo((path_ + "/fifo").c_str(), 0600), 0);
  ASSERT_TRUE(ensure_directory(directory_.get(), "directory", 0755));
  EXPECT_FALSE(open_regular_in_root(directory_.get(), "/fifo"));
  EXPECT_FALSE(open_regular_in_root(directory_.get(), "/directory"));
  ASSERT_TRUE(write_new(directory_.get(), "file", "x", 0600));
  EXPECT_TRUE(open_regular_in_root(directory_.get(), "/file"));
}

TEST_F(File, ReadingIsBounded) {
  ASSERT_TRUE(write_new(directory_.get(), "big", std::string(10000, 'x'), 0600));
  EXPECT_EQ(read_file(directory_.get(), "big", 10000)->size(), 10000U);
  EXPECT_EQ(read_file(directory_.get(), "big", 9999).error().code, EFBIG);
}

TEST_F(File, ReplaceIsAtomicAndFollowsNoLink) {
  ASSERT_TRUE(write_new(directory_.get(), "target", "old", 0600));
  ASSERT_EQ(symlink("target", (path_ + "/link").c_str()), 0);
  ASSERT_TRUE(replace_file(directory_.get(), "link", "new", 0644));
  EXPECT_EQ(*read_file(directory_.get(), "target"), "old");
  EXPECT_EQ(*read_file(directory_.get(), "link"), "new");
  ASSERT_TRUE(ensure_directory(directory_.get(), "directory", 0755));
  EXPECT_FALSE(replace_file(directory_.get(), "directory", "new", 0644));
  EXPECT_EQ(fstatat(directory_.get(), "directory")->st_mode & S_IFMT, mode_t{S_IFDIR});
  std::size_t entries = 0;
  for (const auto* name : {"target", "link", "directory"}) {
    entries += fstatat(directory_.get(), name).has_value() ? 1 : 0;
  }
  EXPECT_EQ(entries, 3U);
}

TEST_F(File, ReplaceTakesAwayWhatAKilledOneLeft) {
  ASSERT_TRUE(write_new(directory_.get(), ".file.warren", "half", 0600));
  ASSERT_TRUE(replace_file(directory_.get(), "file", "whole", 0644));
  EXPECT_EQ(*read_file(directory_.get(), "file"), "whole");
  EXPECT_THAT(*list_names(path_), ::testing::ElementsAre("file"));
}

TEST_F(File, ReplaceLeavesNothingWhenThereIsNoRoom) {
  ASSERT_TRUE(write_new(directory_.get(), "file", "old", 0644));
  struct rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const struct rlimit small = {.rlim_cur = 10, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  signal(SIGXFSZ, SIG_IGN);
  const auto done = replace_file(directory_.get(), "file", "more than ten bytes", 0644);
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_EQ(done.error().code, EFBIG);
  EXPECT_EQ(*read_file(directory_.get(), "file"), "old");
  EXPECT_THAT(*list_names(path_), ::testing::ElementsAre("file"));
}

TEST_F(File, ManyReplaceAtOnce) {
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    children.push_back(fork());
    if (children.back() == 0) {
      const char letter = "abcdefgh"[i];
      bool well = true;
      for (int round = 0; round < 200; ++round) {
        well = well && replace_file(directory_.get(), "file", std::string(100, letter), 0644);
      }
      _exit(well ? 0 : 1);
    }
  }
  for (const auto child : children) {
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  const auto content = *read_file(directory_.get(), "file");
  EXPECT_EQ(content, std::string(100, content[0]));
  EXPECT_THAT(*list_names(path_), ::testing::ElementsAre("file"));
}

TEST_F(File, WriteNewReplacesNothing) {
  ASSERT_TRUE(write_new(directory_.get(), "file", "one", 0600));
  EXPECT_EQ(write_new(directory_.get(), "file", "two", 0600).error().code, EEXIST);
  EXPECT_EQ(*read_file(directory_.get(), "file"), "one");
}

TEST_F(File, RemoveTreeRemovesLinksAndNotWhatTheyName) {
  ASSERT_TRUE(make_path(path_ + "/a/b/c", 0755));
  ASSERT_TRUE(write_new(directory_.get(), "kept", "x", 0600));
  ASSERT_EQ(symlink((path_ + "/kept").c_str(), (path_ + "/a/link").c_str()), 0);
  ASSERT_EQ(symlink(path_.c_str(), (path_ + "/a/b/loop").c_str()), 0);
  ASSERT_EQ(chmod((path_ + "/a/b").c_str(), 0), 0);
  EXPECT_TRUE(remove_tree(directory_.get(), "a"));
  EXPECT_EQ(fstatat(directory_.get(), "a").error().code, ENOENT);
  EXPECT_TRUE(fstatat(directory_.get(), "kept"));
  EXPECT_TRUE(remove_tree(directory_.get(), "a")) << "absence is fine";
}

TEST_F(File, RemoveTreeRemovesWhatIsDeeperThanThereAreDescriptors) {
  ASSERT_TRUE(make_path(path_ + "/a/.deep-0/x", 0755));
  UniqueFd at = *open(path_ + "/a", O_RDONLY | O_DIRECTORY);
  for (int depth = 0; depth < 3000; ++depth) {
    ASSERT_TRUE(ensure_directory(at.get(), "d", 0755));
    ASSERT_TRUE(write_new(at.get(), "f", "", 0600));
    at = *openat(at.get(), "d", O_RDONLY | O_DIRECTORY);
  }
  at.reset();
  const auto removed = remove_tree(directory_.get(), "a");
  EXPECT_TRUE(removed) << removed.error().message();
  EXPECT_EQ(fstatat(directory_.get(), "a").error().code, ENOENT);
}

TEST_F(File, EnsureDirectoryWantsADirectory) {
  EXPECT_TRUE(ensure_directory(directory_.get(), "d", 0700));
  EXPECT_TRUE(ensure_directory(directory_.get(), "d", 0700));
  ASSERT_TRUE(write_new(directory_.get(), "f", "", 0600));
  EXPECT_EQ(ensure_directory(directory_.get(), "f", 0700).error().code, ENOTDIR);
  ASSERT_EQ(symlink("d", (path_ + "/l").c_str()), 0);
  EXPECT_EQ(ensure_directory(directory_.get(), "l", 0700).error().code, ENOTDIR);
}

TEST_F(File, NamesOfADirectoryAreSorted) {
  for (const auto* name : {"b", ".a", "c"}) {
    ASSERT_TRUE(write_new(directory_.get(), name, "", 0644));
  }
  const auto names = list_names(path_);
  ASSERT_TRUE(names);
  EXPECT_THAT(*names, ::testing::ElementsAre(".a", "b", "c"));
  EXPECT_EQ(list_names(path_ + "/b").error().code, ENOTDIR);
  EXPECT_EQ(list_names(path_ + "/d").error().code, ENOENT);
}

}  // namespace
}  // namespace warren::kernel
