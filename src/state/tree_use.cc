#include "state/tree_use.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/lock.h"

namespace warren::state {
namespace {

constexpr char kDirectory = 'd';
constexpr char kFile = 'f';

/// Removes an empty directory or file that is beneath `tree` as a process inside sees it. What is
/// not empty is somebody's now. Fails when it should be gone and is not.
Result<> remove_entry(int tree, std::string_view path, bool is_directory) {
  const auto slash = path.rfind('/');
  const std::string name(path.substr(slash + 1));
  const auto parent = kernel::open_in_root(
      tree, slash == 0 ? "/" : std::string(path.substr(0, slash)), O_PATH | O_DIRECTORY);
  if (!parent) {
    return parent.error().code == ENOENT ? Result<>() : parent.error();
  }
  const auto status = kernel::fstatat(parent->get(), name);
  if (!status) {
    return status.error().code == ENOENT ? Result<>() : status.error();
  }
  if (!is_directory && (!S_ISREG(status->st_mode) || status->st_size != 0)) {
    return {};
  }
  const bool gone = ::unlinkat(parent->get(), name.c_str(), is_directory ? AT_REMOVEDIR : 0) == 0 ||
                    errno == ENOTEMPTY || errno == ENOTDIR || errno == ENOENT;
  return gone ? Result<>() : Error::sys("remove", path);
}

/// Removes what `record` names. False if something is to be tried again.
bool remove_recorded(int tree, std::string_view record) {
  bool done = true;
  auto lines = split(record, '\n');
  std::ranges::reverse(lines);  // children were made after their parents
  for (const auto line : lines) {
    const bool valid = line.size() > 3 && line[1] == ' ' && line[2] == '/';
    done = (!valid || remove_entry(tree, line.substr(2), line[0] == kDirectory)) && done;
  }
  return done;
}

}  // namespace

Result<TreeUse> TreeUse::share(const std::string& run_directory, UniqueFd tree) {
  // Without locks, as some file systems are, nobody can wait for anybody.
  (void)kernel::flock(tree.get(), LOCK_SH, "the root tree");
  TRY_ASSIGN(const auto status, kernel::fstat(tree.get(), "the root tree"));
  const std::string records = cat(run_directory, "/.trees");
  auto directory = kernel::open(records, O_PATH | O_DIRECTORY);
  if (!directory && directory.error().code == ENOENT) {
    TRY(kernel::make_path(records, 0700));
    directory = kernel::open(records, O_PATH | O_DIRECTORY);
  }
  if (!directory) {
    return std::move(directory).error();
  }
  return TreeUse(std::move(tree), *std::move(directory), cat(status.st_dev, "-", status.st_ino));
}

Result<> TreeUse::record(const std::string& path, bool is_directory) const {
  TRY_ASSIGN(const auto file, kernel::openat(records_.get(), name_,
                                             O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0644));
  return kernel::write_all(file.get(), cat(is_directory ? kDirectory : kFile, " ", path, "\n"),
                           name_);
}

TreeUse::~TreeUse() {
  if (!tree_ || ::faccessat(records_.get(), name_.c_str(), F_OK, 0) < 0) {
    return;
  }
  // Only the last user gets it: then no container has anything mounted there.
  if (::flock(tree_.get(), LOCK_EX | LOCK_NB) == 0) {
    const auto record = kernel::read_file(records_.get(), name_);
    if (record && remove_recorded(tree_.get(), *record)) {
      ::unlinkat(records_.get(), name_.c_str(), 0);
    }
  }
}

}  // namespace warren::state
