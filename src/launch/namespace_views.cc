// Runs in: the launcher, and collect() in a child that shares its memory and descriptors.
// Has, in collect(): the container's pid, ipc, net and cgroup namespace, all rights of the host,
// and no process of the container beside it that runs a program yet.
#include "launch/namespace_views.h"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "base/undo.h"
#include "kernel/namespace.h"

namespace warren::launch {
namespace {

constexpr std::array<const char*, 4> kTypes = {"proc", "sysfs", "cgroup2", "mqueue"};

/// Far from the first ids, so that process 2 is the payload's first child.
constexpr pid_t kCollectorPid = 300;

struct Collection {
  int child = -1;  ///< pidfd
  std::array<int, kTypes.size()> mounts = {-1, -1, -1, -1};
  const char* failed = nullptr;  ///< what was to be mounted
  int code = 0;
};

int mount_type(const char* type) noexcept {
  const int context = ::fsopen(type, FSOPEN_CLOEXEC);
  if (context < 0) {
    return -1;
  }
  int mount = -1;
  if (::fsconfig(context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) == 0) {
    mount = ::fsmount(context, FSMOUNT_CLOEXEC,
                      MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  }
  const int code = errno;
  ::close(context);
  errno = code;
  return mount;
}

void collect(void* argument) noexcept {
  auto& collection = *static_cast<Collection*>(argument);
  constexpr int kNamespaces = CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP;
  if (::setns(collection.child, kNamespaces) < 0) {
    collection.failed = "views of the container's namespaces";
    collection.code = errno;
    return;
  }
  for (std::size_t i = 0; i < kTypes.size(); ++i) {
    collection.mounts[i] = mount_type(kTypes[i]);
    if (collection.mounts[i] < 0) {
      collection.failed = kTypes[i];
      collection.code = errno;
      return;
    }
  }
}

}  // namespace

Result<NamespaceViews> open_namespace_views(const kernel::Child& child, int own_pid_namespace) {
  Collection collection;
  collection.child = child.pid_fd.get();
  TRY(kernel::setns(child.pid_fd.get(), CLONE_NEWPID, "the container's pid namespace"));
  auto done = kernel::clone3_and_wait(kCollectorPid, collect, &collection);
  TRY(kernel::setns(own_pid_namespace, CLONE_NEWPID, "warren's pid namespace"));
  TRY(std::move(done));
  NamespaceViews views;
  views.proc.reset(collection.mounts[0]);
  views.sysfs.reset(collection.mounts[1]);
  views.cgroup.reset(collection.mounts[2]);
  views.mqueue.reset(collection.mounts[3]);
  if (collection.failed != nullptr) {
    auto error = Error::from_errno(collection.code, "mount", collection.failed);
    return collection.code == EPERM
               ? std::move(error).advise(
                     "is this itself a container? Containers run in one only if it has a network "
                     "of its own and hides nothing in /proc")
               : error;
  }
  return views;
}

}  // namespace warren::launch
