#include "launch/empty_namespace.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "base/undo.h"
#include "kernel/clone.h"
#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "kernel/socket.h"

namespace warren::launch {
namespace {

/// From how many mounts on it is worth two more: copying that many takes about half a
/// millisecond.
constexpr std::size_t kManyMounts = 256;

bool is_namespace_file(const std::string& path) {
  struct statfs file_system = {};
  return ::statfs(path.c_str(), &file_system) == 0 && file_system.f_type == NSFS_MAGIC;
}

Result<bool> has_many_mounts() {
  TRY_ASSIGN(const auto text, kernel::read_file("/proc/self/mountinfo", std::size_t{64} << 20));
  return static_cast<std::size_t>(std::ranges::count(text, '\n')) >= kManyMounts;
}

/// What a launch needs to find until it has its own root: /proc, and a place for layers.
Result<> build_empty_tree() {
  TRY(kernel::mount_setattr(AT_FDCWD, "/", {.propagation = MS_PRIVATE, .recursive = true}));
  TRY_ASSIGN(const auto proc, kernel::clone_tree(AT_FDCWD, "/proc", false));
  TRY_ASSIGN(auto file_system, kernel::FileSystem::fsopen("tmpfs"));
  TRY(file_system.set("mode", "0755"));
  TRY_ASSIGN(const auto root, file_system.mount(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
  TRY(kernel::ensure_directory(root.get(), "proc", 0755));
  TRY(kernel::ensure_directory(root.get(), "dev", 0755));
  TRY(kernel::move_mount(root.get(), AT_FDCWD, "/"));
  if (::fchdir(root.get()) < 0) {
    return Error::sys("fchdir");
  }
  TRY(kernel::pivot_root_here());
  TRY(kernel::detach("/"));
  return kernel::move_mount(proc.get(), AT_FDCWD, "/proc");
}

/// The two ends of the link with hold_namespace().
struct Link {
  int callers = -1;
  int own = -1;
};

/// Runs in a child with a mount namespace of its own; says one byte when it is ready, and ends
/// when the caller has closed its end, or has ended.
[[noreturn]] void hold_namespace(const void* argument) noexcept {
  const Link& link = *static_cast<const Link*>(argument);
  ::close(link.callers);
  char byte = 'r';
  if (build_empty_tree() && ::write(link.own, &byte, 1) == 1) {
    while (::read(link.own, &byte, 1) < 0 && errno == EINTR) {
    }
  }
  ::_exit(0);
}

/// A directory that only this mount table shows, as the kernel wants it for a namespace's file.
Result<> make_private_place(const std::string& directory) {
  TRY(kernel::make_path(directory, 0700));
  TRY_ASSIGN(const auto mount, kernel::clone_tree(AT_FDCWD, directory, false));
  TRY(kernel::mount_setattr(mount.get(), "", {.propagation = MS_PRIVATE}));
  return kernel::move_mount(mount.get(), AT_FDCWD, directory);
}

Result<> bind_namespace(pid_t holder, const std::string& pin) {
  const std::string place = pin.substr(0, pin.rfind('/'));
  TRY(make_private_place(place));
  Undo undo;
  undo.add([&place] { (void)kernel::detach(place.c_str()); });
  TRY_ASSIGN(const auto file, kernel::open(pin, O_WRONLY | O_CREAT, 0600));
  const std::string source = cat("/proc/", holder, "/ns/mnt");
  // Linux 6.18 numbers namespaces per processor, and sometimes takes this one for older than ours:
  // EINVAL. The next launch tries again.
  if (::mount(source.c_str(), pin.c_str(), nullptr, MS_BIND, nullptr) < 0) {
    return Error::sys("mount", pin);
  }
  undo.dismiss();
  return {};
}

}  // namespace

bool enter_empty_namespace(const std::string& pin) {
  const auto file = kernel::open(pin, O_RDONLY);
  return file && is_namespace_file(pin) && kernel::setns(file->get(), CLONE_NEWNS, pin).has_value();
}

Result<> keep_empty_namespace(const std::string& pin) {
  TRY_ASSIGN(const bool many, has_many_mounts());
  if (!many || is_namespace_file(pin)) {
    return {};
  }
  TRY_ASSIGN(auto link, kernel::socket_pair());
  const Link ends = {.callers = link.first.get(), .own = link.second.get()};
  TRY_ASSIGN(const auto holder, kernel::clone3(CLONE_NEWNS, -1, hold_namespace, &ends));
  link.second.reset();
  char byte = 0;
  auto kept = ::read(link.first.get(), &byte, 1) == 1
                  ? bind_namespace(holder.pid, pin)
                  : Error::because("", pin, "an empty mount namespace cannot be made");
  link.first.reset();
  (void)kernel::wait_for_exit(holder.pid_fd.get());
  return kept;
}

}  // namespace warren::launch
