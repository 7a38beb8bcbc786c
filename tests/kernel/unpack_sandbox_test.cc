// What a process can still do that an archive has taken over: nothing but make files in the tree.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>

#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/namespace.h"
#include "programs/unpack/sandbox.h"
#include "tests/support/in_namespaces.h"

namespace warren::unpack {
namespace {

using testing_support::in_namespaces;

constexpr std::uint32_t kBase = 1879048192;

class Sandbox : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/warren-test-XXXXXX";
    path_ = mkdtemp(name);
    ASSERT_TRUE(kernel::make_path(path_ + "/tree", 0755));
    ASSERT_TRUE(kernel::write_new(AT_FDCWD, path_ + "/secret", "outside", 0666));
  }
  void TearDown() override { (void)kernel::remove_tree(AT_FDCWD, path_); }

  /// Runs `body` locked up with the tree.
  template <typename Body>
  void locked_up(Body body) {
    in_namespaces(CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC, [&] {
      const auto proc = kernel::open("/proc", O_PATH | O_DIRECTORY);
      const auto users =
          kernel::make_user_namespace(proc->get(), {0, kBase, 65536}, {0, kBase, 65536});
      const auto tree = kernel::clone_tree(AT_FDCWD, path_ + "/tree", false);
      ASSERT_TRUE(kernel::mount_setattr(tree->get(), "",
                                        {.set = MOUNT_ATTR_IDMAP, .user_namespace = users->get()}));
      const auto locked = lock_up(tree->get(), users->get());
      ASSERT_TRUE(locked) << Result<>(locked).error().message();
      body();
    });
  }
  std::string path_;
};

TEST_F(Sandbox, FilesAreMadeWithTheOwnersOfTheDisk) {
  locked_up([] {
    const int fd = ::open("file", O_WRONLY | O_CREAT, 0644);
    ASSERT_GE(fd, 0);
    EXPECT_EQ(::fchown(fd, 1000, 65535), 0);
    EXPECT_EQ(::fchmod(fd, 04755), 0);
    EXPECT_LT(::fchown(fd, 65536, 0), 0);
  });
  const auto status = kernel::fstatat(AT_FDCWD, path_ + "/tree/file");
  ASSERT_TRUE(status);
  EXPECT_EQ(status->st_uid, 1000U);
  EXPECT_EQ(status->st_gid, 65535U);
  EXPECT_EQ(status->st_mode & 07777, mode_t{04755});
}

TEST_F(Sandbox, NoPathLeadsOut) {
  const std::string secret = path_ + "/secret";
  locked_up([&] {
    for (const std::string& path :
         {secret, std::string("../secret"), std::string("../../../../etc/passwd"),
          std::string("/etc/passwd"), std::string("/proc/self/exe"), std::string("/dev/null")}) {
      EXPECT_LT(::open(path.c_str(), O_RDONLY), 0) << path;
    }
    ASSERT_EQ(::symlink(secret.c_str(), "link"), 0);
    ASSERT_EQ(::symlink("../secret", "up"), 0);
    EXPECT_LT(::open("link", O_RDWR), 0);
    EXPECT_LT(::open("up", O_RDWR), 0);
    EXPECT_EQ(::chdir(".."), 0);
    EXPECT_LT(::open("secret", O_RDONLY), 0);
    // Dots end at the tree's root, and what they make is made there.
    EXPECT_GE(::open("../../secret", O_WRONLY | O_CREAT, 0644), 0);
    EXPECT_GE(::open("secret", O_RDONLY), 0);
    EXPECT_LT(::open("/secret", O_WRONLY | O_CREAT, 0644), 0) << "nor is there another root";
  });
  EXPECT_TRUE(kernel::fstatat(AT_FDCWD, path_ + "/tree/secret"));
  EXPECT_EQ(*kernel::read_file(path_ + "/secret"), "outside");
}

TEST_F(Sandbox, OnlyFilesCanBeMade) {
  const pid_t outside = ::getpid();
  locked_up([outside] {
    const auto refused = [](long result) { return result < 0; };
    EXPECT_TRUE(refused(::socket(AF_INET, SOCK_STREAM, 0)));
    EXPECT_TRUE(refused(::socket(AF_UNIX, SOCK_STREAM, 0)));
    EXPECT_TRUE(refused(::fork()));
    EXPECT_TRUE(refused(::kill(outside, 0)));
    EXPECT_TRUE(refused(::ptrace(PTRACE_SEIZE, outside, nullptr, nullptr)));
    EXPECT_TRUE(refused(::mount("tmpfs", ".", "tmpfs", 0, nullptr)));
    EXPECT_TRUE(refused(::chroot(".")));
    EXPECT_TRUE(refused(::unshare(CLONE_NEWUSER)));
    EXPECT_TRUE(refused(::setuid(1)));
    EXPECT_TRUE(refused(::mknod("device", S_IFCHR | 0666, 0x103)));
    EXPECT_TRUE(refused(::mknod("whiteout", S_IFCHR | 0666, 0)));
    EXPECT_EQ(::mknod("fifo", S_IFIFO | 0644, 0), 0);
    EXPECT_TRUE(refused(::execl("/bin/sh", "sh", nullptr)));
    EXPECT_EQ(::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
              MAP_FAILED);
    void* data = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(data, MAP_FAILED);
    EXPECT_TRUE(refused(::mprotect(data, 4096, PROT_READ | PROT_EXEC)));
  });
}

TEST_F(Sandbox, NothingIsOpenFromBefore) {
  const auto leaked = kernel::open(path_ + "/secret", O_RDWR);
  ASSERT_TRUE(leaked);
  locked_up([&] {
    for (int fd = 3; fd < 64; ++fd) {
      EXPECT_LT(::fcntl(fd, F_GETFD), 0) << fd;
    }
  });
}

}  // namespace
}  // namespace warren::unpack
