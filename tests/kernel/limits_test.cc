// Limits written into a directory of plain files that looks like a cgroup of version 2, and the
// freezer of a real one.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/text.h"
#include "kernel/file.h"
#include "launch/cgroup_limits.h"
#include "state/cgroup.h"
#include "state/freezer.h"

namespace warren {
namespace {

using launch::IfAbsent;
using plan::CgroupSetting;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<CgroupSetting> kSettings = {{"limits.memory", "memory", "memory.max", "1000"},
                                              {"limits.cpus", "cpu", "cpu.max", "50000 100000"},
                                              {"limits.tasks", "pids", "pids.max", "7"}};

class LimitsInFakeCgroup : public ::testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/warren-test-XXXXXX";
    path_ = mkdtemp(name);
    directory_ = *kernel::open(path_, O_RDONLY | O_DIRECTORY);
  }
  void TearDown() override { (void)kernel::remove_tree(AT_FDCWD, path_); }

  void put(const std::string& file, const std::string& text = "") const {
    ASSERT_TRUE(kernel::write_new(directory_.get(), file, text, 0644));
  }
  [[nodiscard]] std::string get(const std::string& file) const {
    return kernel::read_file(directory_.get(), file).value_or("(none)");
  }

  std::string path_;
  UniqueFd directory_;
};

TEST_F(LimitsInFakeCgroup, AreWrittenToTheirFiles) {
  put("cgroup.controllers", "cpuset cpu io memory pids\n");
  for (const auto& one : kSettings) {
    put(one.file);
  }
  const auto written = launch::write_limits(directory_.get(), kSettings, IfAbsent::Fail);
  ASSERT_TRUE(written) << written.error().message();
  EXPECT_THAT(*written, IsEmpty());
  EXPECT_EQ(get("memory.max"), "1000");
  EXPECT_EQ(get("cpu.max"), "50000 100000");
  EXPECT_EQ(get("pids.max"), "7");
}

TEST_F(LimitsInFakeCgroup, NothingIsWrittenWhenAControllerIsAbsent) {
  put("cgroup.controllers", "cpu memory\n");
  put("memory.max");
  put("cpu.max");
  const auto written = launch::write_limits(directory_.get(), kSettings, IfAbsent::Fail);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message(), HasSubstr("hold limits.tasks: the controller pids is "));
  EXPECT_EQ(get("memory.max"), "");
}

TEST_F(LimitsInFakeCgroup, OrTheOthersAreAndItIsSaid) {
  put("cgroup.controllers", "cpu memory\n");
  put("memory.max");
  const auto written = launch::write_limits(directory_.get(), kSettings, IfAbsent::Warn);
  ASSERT_TRUE(written) << written.error().message();
  EXPECT_THAT(*written, ElementsAre(HasSubstr("hold limits.tasks: the controller pids is "),
                                    HasSubstr("hold limits.cpus: this kernel has no cpu.max")));
  EXPECT_EQ(get("memory.max"), "1000");
}

std::string own_prefix() { return cat("warren-test-", ::getpid()); }

TEST(Freezer, StopsAndLetsGo) {
  auto cgroup = state::Cgroup::make(own_prefix(), "frozen", true);
  ASSERT_TRUE(cgroup) << cgroup.error().message();
  const auto opened = state::open_cgroup(cgroup->path());
  ASSERT_TRUE(opened);
  int ticks[2];
  ASSERT_EQ(::pipe(ticks), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    (void)kernel::write_existing(cgroup->fd(), "cgroup.procs", "0");
    while (::write(ticks[1], "x", 1) == 1) {
      ::usleep(1000);
    }
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ticks[0], &byte, 1), 1);
  EXPECT_FALSE(state::is_frozen(opened->get()));
  ASSERT_TRUE(state::freeze(opened->get()));
  EXPECT_TRUE(state::is_frozen(opened->get()));
  EXPECT_TRUE(state::freeze(opened->get()));
  ::fcntl(ticks[0], F_SETFL, O_NONBLOCK);
  char left[65536];
  while (::read(ticks[0], left, sizeof left) > 0) {
  }
  ::usleep(50'000);  // fifty ticks of one that runs
  EXPECT_EQ(::read(ticks[0], &byte, 1), -1);
  ASSERT_TRUE(state::thaw(opened->get()));
  ::fcntl(ticks[0], F_SETFL, 0);
  EXPECT_EQ(::read(ticks[0], &byte, 1), 1);
  ASSERT_TRUE(state::freeze(opened->get()));
  ::kill(child, SIGKILL);  // also what is frozen can be killed
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  ::close(ticks[0]);
  ::close(ticks[1]);
}

}  // namespace
}  // namespace warren
