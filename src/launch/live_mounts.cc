// Runs in: the caller, with the host's namespaces, and attach() and take_away() in a child that has
// a copy of its memory and enters the container's. No path is resolved there that the payload can
// bend, but of what it could unmount itself.
#include "launch/live_mounts.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "base/text.h"
#include "kernel/clone.h"
#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/namespace.h"
#include "kernel/process.h"
#include "kernel/socket.h"
#include "launch/mount_points.h"
#include "launch/sources.h"

namespace warren::launch {
namespace {

struct Task {
  const MountSite& site;
  Result<> (*carry_out)(const Task& task);
  int report = -1;  ///< where a failure is written to
  int tree = -1;    ///< attach(): the detached mount
  int place = -1;   ///< and where it goes
  bool is_directory = false;
  bool recursive = false;
  const char* target = "";  ///< take_away()
};

/// A copy of the tree whose flags the kernel does not let the container's user namespace change
/// (mount_namespaces(7)): the copy of a mount namespace for another user namespace makes it so. To
/// be called in a mount namespace of one's own; ends in the container's user namespace.
Result<UniqueFd> with_locked_flags(const Task& task) {
  constexpr const char* kName = "tree";
  TRY(kernel::mount_setattr(AT_FDCWD, "/", {.propagation = MS_PRIVATE, .recursive = true}));
  TRY_ASSIGN(auto file_system, kernel::FileSystem::fsopen("tmpfs"));
  TRY_ASSIGN(const auto shelf, file_system.mount(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV));
  if (task.is_directory) {
    TRY(kernel::ensure_directory(shelf.get(), kName, 0755));
  } else if (::mknodat(shelf.get(), kName, S_IFREG | 0644, 0) < 0) {
    return Error::sys("mknod");
  }
  TRY(kernel::move_mount(shelf.get(), AT_FDCWD, "/"));
  TRY(kernel::move_mount(task.tree, shelf.get(), kName));
  if (::fchdir(shelf.get()) < 0) {
    return Error::sys("fchdir");
  }
  TRY(kernel::setns(task.site.user_namespace, CLONE_NEWUSER, "the container's user namespace"));
  TRY(kernel::unshare(CLONE_NEWNS));  // the working directory is in the copy from here on
  return kernel::clone_tree(AT_FDCWD, kName, task.recursive);
}

Result<> attach(const Task& task) {
  UniqueFd locked;
  if (task.site.user_namespace >= 0) {
    TRY_ASSIGN(locked, with_locked_flags(task));
  }
  TRY(kernel::setns(task.site.leader, CLONE_NEWNS, "the container's mount namespace"));
  return kernel::move_mount(locked ? locked.get() : task.tree, task.place, "");
}

Result<> take_away(const Task& task) {
  TRY(kernel::setns(task.site.leader, CLONE_NEWNS, "the container's mount namespace"));
  if (::fchdir(task.site.root) < 0 || ::chroot(".") < 0) {
    return Error::sys("chroot");
  }
  if (::umount2(task.target, MNT_DETACH | UMOUNT_NOFOLLOW) < 0 && errno != ENOENT &&
      errno != EINVAL) {
    return Error::sys("umount2", task.target);
  }
  return {};
}

[[noreturn]] void child_main(const void* argument) noexcept {
  const Task& task = *static_cast<const Task*>(argument);
  ::prctl(PR_SET_DUMPABLE, 0);  // nobody inside may look into this process
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (const auto done = task.carry_out(task); !done) {
    (void)kernel::write_all(task.report, done.error().message(), "report");
  }
  ::_exit(0);
}

Result<> run_child(Task task, const std::string& target) {
  TRY_ASSIGN(auto link, kernel::socket_pair());
  task.report = link.second.get();
  TRY_ASSIGN(const auto child, kernel::clone3(CLONE_NEWNS, -1, child_main, &task));
  link.second.reset();
  std::array<char, 512> text;
  const auto length = ::read(link.first.get(), text.data(), text.size());
  TRY_ASSIGN(const auto exit, kernel::wait_for_exit(child.pid_fd.get()));
  if (length <= 0 && (exit.by_signal || exit.code != 0)) {
    return Error::because("mount", target, "the process that does it was killed");
  }
  if (length > 0) {
    return Error::because("mount", target,
                          std::string(text.data(), static_cast<std::size_t>(length)));
  }
  return {};
}

bool shows(const UniqueFd& place, const OpenSource& source) {
  const auto status = kernel::fstat(place.get(), "mount point");
  return status && status->st_dev == source.status.st_dev && status->st_ino == source.status.st_ino;
}

}  // namespace

Result<> mount_live(const MountSite& site, std::span<const plan::Source> sources,
                    const plan::BindSource& step) {
  const plan::Source& wanted = sources[step.source];
  TRY_ASSIGN(const auto source, open_source(wanted, site.ids));
  const RecordMountPoint unrecorded = [](const std::string&, PlaceKind) { return Result<>(); };
  std::vector<MadeEntry> made;
  UniqueFd place;
  {
    const kernel::FileOwner owner(site.ids.base, site.ids.base);
    TRY_ASSIGN(place, MountPoints(site.root, unrecorded, made)
                          .ensure(step.target,
                                  source.is_directory() ? PlaceKind::Directory : PlaceKind::File));
  }
  if (shows(place, source)) {
    return {};
  }
  TRY(map_source(wanted, source, place.get(),
                 {.ids = site.ids, .user_namespace = site.user_namespace, .proc = site.proc}));
  if (step.flags != 0) {
    TRY(kernel::mount_setattr(source.tree.get(), "",
                              {.set = step.flags, .recursive = step.recursive}));
  }
  return run_child({.site = site,
                    .carry_out = attach,
                    .tree = source.tree.get(),
                    .place = place.get(),
                    .is_directory = source.is_directory(),
                    .recursive = step.recursive},
                   step.target);
}

Result<> unmount_live(const MountSite& site, const std::string& target) {
  return run_child({.site = site, .carry_out = take_away, .target = target.c_str()}, target);
}

}  // namespace warren::launch
