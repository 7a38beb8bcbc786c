#include "state/cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/mount.h"

namespace warren::state {
namespace {

/// The path of a process in the hierarchy, from the "0::" line of its /proc/PID/cgroup; empty for
/// the root.
std::string path_of(const std::string& process) {
  const auto text = kernel::read_file(cat("/proc/", process, "/cgroup")).value_or("");
  for (const auto line : split(text, '\n')) {
    if (line.starts_with("0::/")) {
      return std::string(line.substr(4));
    }
  }
  return {};
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

/// Removes the cgroups below `parent`, deepest first. What is busy stays.
void remove_below(int parent) {
  const int copy = ::openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const std::unique_ptr<DIR, CloseDirectory> listing(copy >= 0 ? ::fdopendir(copy) : nullptr);
  if (!listing) {
    return;
  }
  while (const dirent* entry = ::readdir(listing.get())) {
    const std::string_view name = entry->d_name;
    if (entry->d_type != DT_DIR || name == "." || name == "..") {
      continue;
    }
    if (const UniqueFd child(::openat(parent, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        child) {
      remove_below(child.get());
    }
    ::unlinkat(parent, entry->d_name, AT_REMOVEDIR);
  }
}

/// Waits until the last process of a cgroup that is being killed is gone, at most five seconds.
void wait_until_empty(int directory) {
  const auto events = kernel::openat(directory, "cgroup.events", O_RDONLY);
  if (!events) {
    return;
  }
  constexpr int kRounds = 50;
  for (int i = 0; i < kRounds; ++i) {
    std::array<char, 256> text{};
    const auto length = ::pread(events->get(), text.data(), text.size(), 0);
    if (length <= 0 ||
        std::string_view(text.data(), static_cast<std::size_t>(length)).contains("populated 0")) {
      return;
    }
    pollfd changed = {.fd = events->get(), .events = POLLPRI, .revents = 0};
    ::poll(&changed, 1, 100);
  }
}

void kill_all(int directory) {
  if (kernel::write_existing(directory, "cgroup.kill", "1")) {
    wait_until_empty(directory);
  }
}

/// Removes the cgroup at `path`, which is empty as a rule.
Result<> remove(int hierarchy, int directory, const std::string& path) {
  if (::unlinkat(hierarchy, path.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) {
    return {};
  }
  kill_all(directory);
  remove_below(directory);
  if (::unlinkat(hierarchy, path.c_str(), AT_REMOVEDIR) < 0 && errno != ENOENT) {
    return Error::sys("rmdir", cat("cgroup ", path));
  }
  return {};
}

bool is_cgroup2(int directory) {
  struct statfs file_system = {};
  return ::fstatfs(directory, &file_system) == 0 && file_system.f_type == CGROUP2_SUPER_MAGIC;
}

/// Where /proc/self/mountinfo says that cgroup2 is mounted; empty when it is nowhere.
std::string mounted_hierarchy() {
  const auto text = kernel::read_file("/proc/self/mountinfo", std::size_t{64} << 20).value_or("");
  for (const auto line : split(text, '\n')) {
    if (line.contains(" - cgroup2 ")) {
      return std::string(split(line, ' ')[4]);
    }
  }
  return {};
}

/// The root of the hierarchy. The host's own mount is used wherever it is: a mount of ours would
/// set the options of all, since they are the hierarchy's (`nsdelegate` and the like would go).
Result<UniqueFd> open_hierarchy() {
  for (const char* path : {"/sys/fs/cgroup/unified", "/sys/fs/cgroup"}) {
    auto directory = kernel::open(path, O_RDONLY | O_DIRECTORY);
    if (directory && is_cgroup2(directory->get())) {
      return directory;
    }
  }
  if (const std::string path = mounted_hierarchy(); !path.empty()) {
    return kernel::open(path, O_RDONLY | O_DIRECTORY);
  }
  TRY_ASSIGN(auto file_system, kernel::FileSystem::fsopen("cgroup2"));
  return file_system.mount(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

constexpr const char* kSupervisor = "supervisor";

/// On cgroup v2 a cgroup with processes in it cannot pass controllers on: warren steps aside.
Result<> step_aside(int own) {
  TRY(kernel::ensure_directory(own, kSupervisor, 0755));
  return kernel::write_existing(own, cat(kSupervisor, "/cgroup.procs"), "0");
}

/// Passes on to the cgroups in `parent` the controllers that it has, for an init inside to use.
/// Some may not be passed on, as on hybrid hosts or without the right to: a container runs without.
/// Returns what takes back those that were not passed on before.
std::string pass_controllers_on(int parent) {
  std::string undo;
  const auto available = kernel::read_file(parent, "cgroup.controllers").value_or("");
  const auto passed_on = kernel::read_file(parent, "cgroup.subtree_control").value_or("");
  const auto already = split(trim(passed_on), ' ');
  for (const auto controller : split(trim(available), ' ')) {
    if (!controller.empty() && std::ranges::find(already, controller) == already.end() &&
        kernel::write_existing(parent, "cgroup.subtree_control", cat("+", controller))) {
      undo += cat(undo.empty() ? "-" : " -", controller);
    }
  }
  return undo;
}

bool is_populated(int directory) {
  const auto events = kernel::read_file(directory, "cgroup.events");
  return events && events->contains("populated 1");
}

}  // namespace

Result<Cgroup> Cgroup::make(const std::string& prefix, const std::string& name, bool take_over) {
  TRY_ASSIGN(auto hierarchy, open_hierarchy());
  (void)pass_controllers_on(hierarchy.get());  // they stay: others may have come to use them
  return make_at(std::move(hierarchy), cat(prefix, ".", name), take_over);
}

Result<Cgroup> Cgroup::make_in_own(const std::string& prefix, const std::string& name,
                                   bool take_over) {
  const std::string own = path_of("self");
  if (own.empty()) {
    return make(prefix, name, take_over);
  }
  TRY_ASSIGN(auto hierarchy, open_hierarchy());
  TRY_ASSIGN(auto left, kernel::openat(hierarchy.get(), own, O_RDONLY | O_DIRECTORY));
  TRY(step_aside(left.get()));
  std::string undo = pass_controllers_on(left.get());
  TRY_ASSIGN(auto cgroup, make_at(std::move(hierarchy), cat(own, "/payload"), true));
  cgroup.left_ = std::move(left);
  cgroup.take_back_ = std::move(undo);
  return cgroup;
}

Result<Cgroup> Cgroup::make_at(UniqueFd hierarchy, std::string path, bool take_over) {
  while (::mkdirat(hierarchy.get(), path.c_str(), 0755) < 0) {
    if (errno != EEXIST) {
      return Error::sys("mkdir", cat("cgroup ", path));
    }
    TRY_ASSIGN(const auto left, kernel::openat(hierarchy.get(), path, O_RDONLY | O_DIRECTORY));
    if (!take_over && is_populated(left.get())) {
      return Error::from_errno(EBUSY, "mkdir", cat("cgroup ", path));
    }
    // Not only emptied: Linux 6.14 and later kill what is cloned into a cgroup in which
    // cgroup.kill was ever written.
    TRY(remove(hierarchy.get(), left.get(), path));
  }
  TRY_ASSIGN(auto directory, kernel::openat(hierarchy.get(), path, O_RDONLY | O_DIRECTORY));
  return Cgroup(std::move(hierarchy), std::move(directory), std::move(path));
}

Cgroup::~Cgroup() {
  if (!directory_) {
    return;
  }
  (void)remove(hierarchy_.get(), directory_.get(), path_);  // the next holder tries again
  if (left_) {
    // Nobody could come back to a cgroup that passes controllers on.
    (void)kernel::write_existing(left_.get(), "cgroup.subtree_control", take_back_);
    (void)kernel::write_existing(left_.get(), "cgroup.procs", "0");  // the unit's end is near
    ::unlinkat(left_.get(), kSupervisor, AT_REMOVEDIR);
  }
}

Result<> Cgroup::delegate(uid_t owner) const {
  for (const char* file : {"", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads"}) {
    const int flags = *file == '\0' ? AT_EMPTY_PATH : 0;
    if (::fchownat(directory_.get(), file, owner, owner, flags) < 0) {
      return Error::sys("chown", cat("cgroup ", path_, "/", file));
    }
  }
  return {};
}

Result<UniqueFd> open_cgroup(const std::string& path) {
  TRY_ASSIGN(const auto hierarchy, open_hierarchy());
  return kernel::openat(hierarchy.get(), path, O_RDONLY | O_DIRECTORY);
}

Result<UniqueFd> open_cgroup_of(pid_t pid) {
  TRY_ASSIGN(const auto hierarchy, open_hierarchy());
  const std::string path = path_of(cat(pid));
  return kernel::openat(hierarchy.get(), path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
}

}  // namespace warren::state
