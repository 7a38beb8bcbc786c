// What is claimed on the host, and that it is given back.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "kernel/file.h"
#include "state/cgroup.h"
#include "state/id_range.h"
#include "state/name_claim.h"
#include "state/scratch.h"
#include "state/tree_use.h"

namespace warren::state {
namespace {

class State : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/warren-test-XXXXXX";
    path_ = mkdtemp(name);
    run_ = path_ + "/run/warren";
  }
  void TearDown() override { (void)kernel::remove_tree(AT_FDCWD, path_); }
  [[nodiscard]] bool exists(const std::string& path) const {
    return ::access((path_ + path).c_str(), F_OK) == 0;
  }

  std::string path_;
  std::string run_;
};

TEST_F(State, NameIsHeldByOneAndGivenBack) {
  {
    auto claim = NameClaim::take(run_, "box");
    ASSERT_TRUE(claim);
    EXPECT_FALSE(claim->was_left_behind());
    EXPECT_EQ(NameClaim::take(run_, "box").error().code, EBUSY);
    EXPECT_TRUE(NameClaim::take(run_, "other"));
    EXPECT_TRUE(claim->write("leader", "1\n", 0644));
    EXPECT_EQ(claim->read("leader"), "1\n");
  }
  EXPECT_FALSE(exists("/run/warren/box"));
}

TEST_F(State, NameOfAKilledHolderIsTakenOver) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto claim = NameClaim::take(run_, "box");
    (void)claim->write("leader", "1\n", 0644);
    ::kill(::getpid(), SIGKILL);
  }
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(exists("/run/warren/box/leader"));
  {
    const auto claim = NameClaim::take(run_, "box");
    ASSERT_TRUE(claim);
    EXPECT_TRUE(claim->was_left_behind());
  }
  EXPECT_FALSE(exists("/run/warren/box"));
}

TEST_F(State, NamesInARaceHaveOneWinner) {
  for (int round = 0; round < 20; ++round) {
    int results[2];
    int everybody_tried[2];
    ASSERT_EQ(::pipe(results), 0);
    ASSERT_EQ(::pipe(everybody_tried), 0);
    std::vector<pid_t> children;
    for (int i = 0; i < 8; ++i) {
      children.push_back(::fork());
      if (children.back() == 0) {
        ::close(everybody_tried[1]);
        const auto claim = NameClaim::take(run_, "box");
        char byte = claim ? 1 : 0;
        (void)!::write(results[1], &byte, 1);
        (void)!::read(everybody_tried[0], &byte, 1);  // it would give the name to a late one
        ::_exit(0);
      }
    }
    int winners = 0;
    for (std::size_t i = 0; i < children.size(); ++i) {
      char byte = 0;
      ASSERT_EQ(::read(results[0], &byte, 1), 1);
      winners += byte;
    }
    ::close(everybody_tried[1]);
    for (const pid_t child : children) {
      ::waitpid(child, nullptr, 0);
    }
    for (const int fd : {results[0], results[1], everybody_tried[0]}) {
      ::close(fd);
    }
    EXPECT_EQ(winners, 1);
    (void)kernel::remove_tree(AT_FDCWD, run_ + "/box");
  }
}

TEST_F(State, RangesAreTheNamesAndNobodyElses) {
  const auto one = IdRangeClaim::pick(run_, "one");
  const auto again = IdRangeClaim::pick(run_, "one");
  ASSERT_TRUE(one);
  ASSERT_TRUE(again);
  EXPECT_NE(one->base(), again->base());
  EXPECT_EQ(one->base() % kIdsPerContainer, 0U);
  const auto base = one->base();
  { const auto moved = *IdRangeClaim::pick(run_, "two"); }
  std::set<std::uint32_t> bases;
  std::vector<Result<IdRangeClaim>> many;
  for (int i = 0; i < 500; ++i) {
    many.push_back(IdRangeClaim::pick(run_, "many" + std::to_string(i)));
    EXPECT_TRUE(bases.insert(many.back()->base()).second);
  }
  EXPECT_FALSE(bases.contains(base));
}

TEST_F(State, SharedRangeKeepsOthersOut) {
  const auto base = IdRangeClaim::pick(run_, "one")->base();
  const auto first = IdRangeClaim::share(run_, base, kIdsPerContainer);
  EXPECT_TRUE(IdRangeClaim::share(run_, base, kIdsPerContainer));
  EXPECT_NE(IdRangeClaim::pick(run_, "one")->base(), base);
}

TEST_F(State, ScratchIsEmptiedBeforeAndAfter) {
  ASSERT_TRUE(kernel::make_path(path_ + "/ephemeral/box/left/over", 0700));
  {
    const auto scratch = Scratch::take(path_, "box");
    ASSERT_TRUE(scratch);
    EXPECT_FALSE(exists("/ephemeral/box"));
    ASSERT_TRUE(kernel::make_path(scratch->path() + "/new", 0700));
  }
  EXPECT_FALSE(exists("/ephemeral/box"));
}

TEST_F(State, MountPointsGoWithTheLastUser) {
  ASSERT_TRUE(kernel::make_path(path_ + "/tree/made/here", 0755));
  ASSERT_TRUE(kernel::write_new(AT_FDCWD, path_ + "/tree/file", "", 0644));
  ASSERT_TRUE(kernel::write_new(AT_FDCWD, path_ + "/tree/full", "content", 0644));
  const auto open_tree = [&] { return *kernel::open(path_ + "/tree", O_RDONLY | O_DIRECTORY); };
  {
    auto first = TreeUse::share(run_, open_tree());
    ASSERT_TRUE(first);
    {
      const auto second = TreeUse::share(run_, open_tree());
      for (const auto* directory : {"/made", "/made/here", "/nowhere", "/../../etc"}) {
        EXPECT_TRUE(second->record(directory, true));
      }
      EXPECT_TRUE(second->record("/file", false));
      EXPECT_TRUE(second->record("/full", false));
    }
    EXPECT_TRUE(exists("/tree/made/here")) << "the first still uses the tree";
  }
  EXPECT_FALSE(exists("/tree/made"));
  EXPECT_FALSE(exists("/tree/file"));
  EXPECT_TRUE(exists("/tree/full"));
}

TEST_F(State, CgroupIsRemovedWithWhatIsInIt) {
  const std::string prefix = "warren-test-" + std::to_string(::getpid());
  {
    const auto cgroup = Cgroup::make(prefix, "box", false);
    ASSERT_TRUE(cgroup);
    EXPECT_EQ(cgroup->path(), prefix + ".box");
    EXPECT_TRUE(cgroup->delegate(4711));
    EXPECT_EQ(kernel::fstatat(cgroup->fd(), "cgroup.procs")->st_uid, 4711U);
    EXPECT_EQ(kernel::fstatat(cgroup->fd(), "cgroup.kill")->st_uid, 0U);
    ASSERT_EQ(::mkdirat(cgroup->fd(), "below", 0755), 0);
    const pid_t child = ::fork();
    if (child == 0) {
      (void)kernel::write_existing(cgroup->fd(), "below/cgroup.procs", "0");
      while (true) {
        ::pause();
      }
    }
    while (kernel::read_file(cgroup->fd(), "below/cgroup.procs").value_or("").empty()) {
      ::usleep(1000);
    }
    EXPECT_EQ(Cgroup::make(prefix, "box", false).error().code, EBUSY);
  }
  int status = 0;
  EXPECT_GT(::waitpid(-1, &status, 0), 0);
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  const auto again = Cgroup::make(prefix, "box", false);
  EXPECT_TRUE(again);
}

}  // namespace
}  // namespace warren::state
