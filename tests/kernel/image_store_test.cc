// The store of images: who waits for whom, who may remove what, and what killed ones leave.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>

#include "image/building.h"
#include "image/store.h"
#include "image/tree_size.h"
#include "kernel/file.h"

namespace warren::image {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kId = "test-0123456789abcdef";

class ImageStore : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/warren-test-XXXXXX";
    state_ = mkdtemp(name);
    images_ = state_ + "/images";
  }
  void TearDown() override { (void)kernel::remove_tree(AT_FDCWD, state_); }

  [[nodiscard]] bool exists(const std::string& path) const {
    return ::access((state_ + path).c_str(), F_OK) == 0;
  }
  Result<StoredImage> build(const std::string& id = kId) const {
    TRY_ASSIGN(auto building, Building::take(images_, id, "test", {}));
    StoredImage image{.id = id, .source = "test"};
    TRY(kernel::write_new(AT_FDCWD, building.root() + "/file", "content", 0644));
    TRY(building.publish(image));
    return image;
  }
  void add_user(const std::string& container, const std::string& id) const {
    const std::string generation = state_ + "/containers/" + container + "/generations/1";
    ASSERT_TRUE(kernel::make_path(generation, 0755));
    ASSERT_TRUE(kernel::write_new(AT_FDCWD, generation + "/image", id + "\n", 0644));
  }
  static pid_t in_child(const std::function<int()>& body) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::_exit(body());
    }
    return child;
  }
  static int wait_for(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  std::string state_;
  std::string images_;
};

TEST_F(ImageStore, PublishedImageIsFoundAndListed) {
  ASSERT_TRUE(build());
  const Store store(state_);
  const auto image = store.find(kId);
  ASSERT_TRUE(image);
  EXPECT_EQ(image->root, images_ + "/" + kId + "/root");
  EXPECT_EQ(*kernel::read_file(image->root + "/file"), "content");
  EXPECT_GT(image->bytes, 0U);
  EXPECT_EQ(store.list()->size(), 1U);
  EXPECT_FALSE(exists(std::string("/images/.building-") + kId));
  EXPECT_FALSE(exists(std::string("/images/") + kId + "/scratch"));
  struct stat status = {};
  ASSERT_EQ(::stat(images_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, mode_t{0700}) << "set-user-ID programs are in there";
}

TEST_F(ImageStore, BuildThatFailsLeavesNothing) {
  {
    const auto building = Building::take(images_, kId, "test", {});
    ASSERT_TRUE(building);
    EXPECT_TRUE(kernel::make_path(building->root() + "/a/b", 0755));
  }
  EXPECT_FALSE(exists(std::string("/images/.building-") + kId));
  EXPECT_EQ(Store(state_).find(kId).error().code, ENOENT);
}

TEST_F(ImageStore, BuildOfAKilledProcessIsTakenOverEmpty) {
  const pid_t child = in_child([&] {
    const auto building = Building::take(images_, kId, "test", {});
    (void)kernel::make_path(building->root() + "/left/over", 0755);
    return ::kill(::getpid(), SIGKILL);
  });
  EXPECT_EQ(wait_for(child), 128 + SIGKILL);
  EXPECT_TRUE(exists(std::string("/images/.building-") + kId + "/root/left"));
  ASSERT_TRUE(build());
  EXPECT_FALSE(exists(std::string("/images/") + kId + "/root/left"));
}

TEST_F(ImageStore, ListRemovesWhatKilledOnesLeftAndNothingElse) {
  const pid_t child = in_child([&] {
    const auto building = Building::take(images_, kId, "test", {});
    return ::kill(::getpid(), SIGKILL);
  });
  wait_for(child);
  const auto alive = Building::take(images_, "other-0123456789abcdef", "test", {});
  ASSERT_TRUE(kernel::make_path(images_ + "/.removing-x", 0755));
  EXPECT_TRUE(Store(state_).list());
  EXPECT_FALSE(exists(std::string("/images/.building-") + kId));
  EXPECT_FALSE(exists("/images/.removing-x"));
  EXPECT_TRUE(exists("/images/.building-other-0123456789abcdef"));
}

TEST_F(ImageStore, ManyAtOnceBuildOnce) {
  for (int round = 0; round < 10; ++round) {
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i) {
      children.push_back(in_child([&] {
        const auto made = Store(state_).ensure({.kind = spec::ImageSource::Kind::Busybox}, {}, {});
        struct stat status = {};
        return made && ::stat(made->root.c_str(), &status) == 0
                   ? static_cast<int>(status.st_ino % 100)
                   : 255;
      }));
    }
    std::vector<int> inodes;
    for (const pid_t child : children) {
      inodes.push_back(wait_for(child));
    }
    EXPECT_THAT(inodes, ::testing::Each(inodes.front()));
    EXPECT_NE(inodes.front(), 255);
    const auto images = Store(state_).list();
    ASSERT_EQ(images->size(), 1U);
    ASSERT_TRUE(Store(state_).remove(images->front().id));
  }
}

TEST_F(ImageStore, WaitingSaysForWhom) {
  std::array<int, 2> said = {};
  std::array<int, 2> begin = {};
  ASSERT_EQ(::pipe(said.data()), 0);
  ASSERT_EQ(::pipe(begin.data()), 0);
  std::array<char, 200> buffer = {};
  // It is made before the lock is taken: a child shares the locks that it is born with.
  const pid_t child = in_child([&] {
    const Progress progress{.status = [&](std::string_view text) {
      (void)!::write(said[1], text.data(), text.size());
    }};
    (void)!::read(begin[0], buffer.data(), 1);
    return Building::take(images_, kId, "test", progress) ? 0 : 1;
  });
  {
    const auto building = Building::take(images_, kId, "debian:bookworm", {});
    ASSERT_TRUE(building);
    ASSERT_EQ(::write(begin[1], "x", 1), 1);
    const auto length = ::read(said[0], buffer.data(), buffer.size());
    EXPECT_EQ(
        std::string(buffer.data(), static_cast<std::size_t>(length)),
        "waiting for process " + std::to_string(::getpid()) + ", which builds debian:bookworm");
  }
  EXPECT_EQ(wait_for(child), 0);
}

TEST_F(ImageStore, RemovingNamesTheContainers) {
  ASSERT_TRUE(build());
  add_user("web", kId);
  add_user("db", kId);
  add_user("other", "busybox-0123456789abcdef");
  const auto removed = Store(state_).remove(kId);
  ASSERT_FALSE(removed);
  EXPECT_EQ(Result<>(removed).error().code, EBUSY);
  EXPECT_THAT(Result<>(removed).error().message(), HasSubstr("db, web ("));
  EXPECT_TRUE(Store(state_).find(kId));
  ASSERT_TRUE(kernel::remove_tree(AT_FDCWD, state_ + "/containers"));
  EXPECT_TRUE(Store(state_).remove(kId));
  EXPECT_EQ(Store(state_).find(kId).error().code, ENOENT);
  EXPECT_EQ(Result<>(Store(state_).remove(kId)).error().code, ENOENT);
}

TEST_F(ImageStore, ImageInUseIsNotRemovedBeforeTheUserIsRecorded) {
  ASSERT_TRUE(build());
  {
    const auto use = Store(state_).use(kId);
    ASSERT_TRUE(use);
    EXPECT_TRUE(Store(state_).use(kId)) << "any number may";
    EXPECT_EQ(Result<>(Store(state_).remove(kId)).error().code, EBUSY);
  }
  {
    const auto tree = kernel::open(images_ + "/" + kId + "/root", O_RDONLY | O_DIRECTORY);
    ASSERT_EQ(::flock(tree->get(), LOCK_SH), 0);  // as state::TreeUse has it
    EXPECT_EQ(Result<>(Store(state_).remove(kId)).error().code, EBUSY);
  }
  EXPECT_TRUE(Store(state_).remove(kId));
  EXPECT_EQ(Store(state_).use(kId).error().code, ENOENT);
}

TEST_F(ImageStore, UseAndRemoveInARaceAgree) {
  for (int round = 0; round < 100; ++round) {
    ASSERT_TRUE(build());
    const pid_t user = in_child([&] {
      const auto use = Store(state_).use(kId);
      // Whoever has it sees the tree, and goes on to see it.
      return !use || exists(std::string("/images/") + kId + "/root/file") ? (use ? 1 : 0) : 2;
    });
    const auto removed = Store(state_).remove(kId);
    const int used = wait_for(user);
    EXPECT_NE(used, 2);
    EXPECT_TRUE(removed || used == 1);
    (void)Store(state_).remove(kId);
  }
}

TEST_F(ImageStore, DamagedRecordIsShownAndRemovable) {
  ASSERT_TRUE(build());
  ASSERT_TRUE(
      kernel::write_existing(AT_FDCWD, images_ + "/" + kId + "/image", std::string(3, '\0')));
  EXPECT_THAT(Store(state_).find(kId).error().message(), HasSubstr("warren image remove"));
  EXPECT_EQ(Store(state_).list()->front().source, "damaged");
  EXPECT_TRUE(Store(state_).remove(kId));
}

TEST_F(ImageStore, DirectoriesAreUsedInPlace) {
  const spec::ImageSource source{.kind = spec::ImageSource::Kind::Directory, .argument = state_};
  const auto image = Store(state_).ensure(source, {}, {});
  ASSERT_TRUE(image);
  EXPECT_EQ(image->id, "directory:" + state_);
  EXPECT_EQ(image->root, state_);
  EXPECT_FALSE(exists("/images"));
  for (const std::string& path : {state_ + "/missing", std::string("relative")}) {
    EXPECT_FALSE(Store(state_).ensure({.kind = source.kind, .argument = path}, {}, {})) << path;
  }
  const std::vector<std::string> packages = {"curl"};
  EXPECT_FALSE(Store(state_).ensure(source, packages, {}));
}

TEST_F(ImageStore, SizeIsThatOfTheDisk) {
  ASSERT_TRUE(kernel::make_path(state_ + "/tree/d", 0755));
  const auto empty = *tree_size(state_ + "/tree");
  ASSERT_TRUE(kernel::write_new(AT_FDCWD, state_ + "/tree/f", std::string(100000, 'x'), 0644));
  ASSERT_EQ(::link((state_ + "/tree/f").c_str(), (state_ + "/tree/d/again").c_str()), 0);
  ASSERT_EQ(::symlink("/", (state_ + "/tree/host").c_str()), 0);
  ASSERT_TRUE(kernel::write_new(AT_FDCWD, state_ + "/tree/sparse", "", 0644));
  ASSERT_EQ(::truncate((state_ + "/tree/sparse").c_str(), off_t{1} << 40), 0);
  const auto full = *tree_size(state_ + "/tree");
  EXPECT_GE(full - empty, 100000U);
  EXPECT_LE(full - empty, 120000U);
}

}  // namespace
}  // namespace warren::image
