#include "kernel/mount.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "kernel/clone.h"
#include "kernel/file.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "tests/support/in_namespaces.h"

namespace warren::kernel {
namespace {

using testing_support::in_namespaces;

Result<UniqueFd> tmpfs(std::uint64_t attributes = 0) {
  TRY_ASSIGN(auto file_system, FileSystem::fsopen("tmpfs"));
  TRY(file_system.set("mode", "0700"));
  return file_system.mount(attributes);
}

TEST(Mount, MakesAndAttaches) {
  in_namespaces(CLONE_NEWNS, [] {
    const auto mount = tmpfs(MOUNT_ATTR_RDONLY);
    ASSERT_TRUE(mount);
    ASSERT_TRUE(move_mount(mount->get(), AT_FDCWD, "/mnt"));
    EXPECT_EQ(write_new(AT_FDCWD, "/mnt/x", "", 0600).error().code, EROFS);
    ASSERT_TRUE(mount_setattr(AT_FDCWD, "/mnt", {.clear = MOUNT_ATTR_RDONLY}));
    EXPECT_TRUE(write_new(AT_FDCWD, "/mnt/x", "", 0600));
    ASSERT_TRUE(detach("/mnt"));
    EXPECT_NE(::access("/mnt/x", F_OK), 0);
  });
}

TEST(Mount, SaysWhatTheKernelSays) {
  in_namespaces(CLONE_NEWNS, [] {
    EXPECT_EQ(FileSystem::fsopen("nonsense").error().message(), "fsopen nonsense: No such device");
    auto file_system = FileSystem::fsopen("tmpfs");
    const auto set = file_system->set("sise", "1M");
    EXPECT_EQ(set.error().message(),
              "mount tmpfs with sise=1M: tmpfs: Unknown parameter 'sise' (Invalid argument)");
  });
}

TEST(Mount, CloneTreeTakesWhatIsBelowOnlyWhenAsked) {
  in_namespaces(CLONE_NEWNS, [] {
    ASSERT_TRUE(move_mount(tmpfs()->get(), AT_FDCWD, "/mnt"));
    ASSERT_TRUE(ensure_directory(AT_FDCWD, "/mnt/below", 0755));
    ASSERT_TRUE(move_mount(tmpfs()->get(), AT_FDCWD, "/mnt/below"));
    ASSERT_TRUE(write_new(AT_FDCWD, "/mnt/below/x", "", 0600));
    for (const bool recursive : {false, true}) {
      const auto copy = clone_tree(AT_FDCWD, "/mnt", recursive);
      ASSERT_TRUE(copy);
      EXPECT_EQ(fstatat(copy->get(), "below/x").has_value(), recursive);
    }
  });
}

TEST(Mount, ParentOfTheNewRootIsTheOldOneUntilItIsDetached) {
  // The reason why launch/ takes the host's tree away before it looks at a path.
  in_namespaces(CLONE_NEWNS, [] {
    const auto root = tmpfs();
    ASSERT_TRUE(move_mount(root->get(), AT_FDCWD, "/"));
    ASSERT_EQ(::fchdir(root->get()), 0);
    ASSERT_TRUE(pivot_root_here());
    EXPECT_TRUE(open_in_root(root->get(), "/../etc", O_PATH)) << "it is the host's";
    ASSERT_TRUE(detach("/"));
    EXPECT_EQ(open_in_root(root->get(), "/../etc", O_PATH).error().code, ENOENT);
  });
}

TEST(Namespace, MappedMountShowsOtherOwners) {
  in_namespaces(CLONE_NEWNS, [] {
    const auto proc = open("/proc", O_PATH | O_DIRECTORY);
    const auto mapping = make_user_namespace(proc->get(), {0, 655360, 65536}, {0, 655360, 65536});
    ASSERT_TRUE(mapping);
    const auto copy = clone_tree(AT_FDCWD, "/tmp", false);
    ASSERT_TRUE(mount_setattr(copy->get(), "",
                              {.set = MOUNT_ATTR_IDMAP, .user_namespace = mapping->get()}));
    EXPECT_EQ(fstat(copy->get(), "copy")->st_uid, 655360U);
    struct stat plain = {};
    ASSERT_EQ(::stat("/tmp", &plain), 0);
    EXPECT_EQ(plain.st_uid, 0U);
  });
}

TEST(Namespace, FileOwnerMakesFilesOfSomebodyElseAndKeepsItsRights) {
  in_namespaces(CLONE_NEWNS, [] {
    ASSERT_TRUE(move_mount(tmpfs()->get(), AT_FDCWD, "/mnt"));
    {
      const FileOwner owner(4711, 4712);
      EXPECT_TRUE(write_new(AT_FDCWD, "/mnt/x", "", 0600));
      EXPECT_EQ(::mknod("/mnt/null", S_IFCHR | 0666, 0x103), 0);
    }
    EXPECT_TRUE(write_new(AT_FDCWD, "/mnt/y", "", 0600));
    EXPECT_EQ(fstatat(AT_FDCWD, "/mnt/x")->st_uid, 4711U);
    EXPECT_EQ(fstatat(AT_FDCWD, "/mnt/null")->st_gid, 4712U);
    EXPECT_EQ(fstatat(AT_FDCWD, "/mnt/y")->st_uid, 0U);
  });
}

[[noreturn]] void exit_seven(const void* /*unused*/) noexcept { ::_exit(7); }

TEST(Clone, ChildRunsAndIsReaped) {
  auto child = clone3(0, -1, exit_seven, nullptr);
  ASSERT_TRUE(child);
  const auto exit = wait_for_exit(child->pid_fd.get());
  EXPECT_FALSE(exit->by_signal);
  EXPECT_EQ(exit->code, 7);
}

void add_to(void* argument) noexcept { *static_cast<int*>(argument) += 1; }

TEST(Clone, BorrowedChildSharesMemory) {
  int number = 41;
  alignas(16) std::array<std::byte, 4096> stack;
  const auto child =
      clone3_with_memory({.main = add_to, .argument = &number, .stack = stack, .pid = 30000});
  ASSERT_TRUE(child);
  EXPECT_EQ(child->pid, 30000);
  ASSERT_TRUE(wait_for_exit(child->pid_fd.get()));
  EXPECT_EQ(number, 42);
}

TEST(Clone, ThreadsAreNoticed) { EXPECT_TRUE(is_single_threaded()); }

}  // namespace
}  // namespace warren::kernel
