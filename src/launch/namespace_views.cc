// Runs in: the launcher, and collect() in a process that shares its memory and descriptors, at the
// same time: neither errno nor the C library may be touched there.
// Has, in collect(): the container's pid, ipc, net and cgroup namespace, all rights of the host,
// and no process of the container beside it that runs a program yet.
#include "launch/namespace_views.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include <array>
#include <cstddef>
#include <utility>

#include "kernel/namespace.h"
#include "kernel/process.h"
#include "kernel/raw_syscall.h"

namespace warren::launch {
namespace {

using kernel::raw_syscall;

constexpr const char* kTypes[] = {"proc", "sysfs", "cgroup2", "mqueue"};
constexpr std::size_t kCount = std::size(kTypes);
constexpr std::size_t kSysfs = 1;

/// Far from the first ids, so that process 2 is the payload's first child.
constexpr pid_t kCollectorPid = 300;

/// A mount of this type, or -errno.
[[gnu::always_inline, gnu::no_sanitize("address", "undefined")]] inline int mount_type(
    const char* type) {
  const long context =
      raw_syscall(SYS_fsopen, reinterpret_cast<std::uintptr_t>(type), FSOPEN_CLOEXEC, 0, 0);
  if (context < 0) {
    return static_cast<int>(context);
  }
  const auto fd = static_cast<std::uintptr_t>(context);
  long mount = raw_syscall(SYS_fsconfig, fd, FSCONFIG_CMD_CREATE, 0, 0);
  if (mount == 0) {
    mount = raw_syscall(SYS_fsmount, fd, FSMOUNT_CLOEXEC,
                        MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0);
  }
  raw_syscall(SYS_close, fd, 0, 0, 0);
  return static_cast<int>(mount);
}

/// A copy of what is mounted there, or -errno.
[[gnu::always_inline, gnu::no_sanitize("address", "undefined")]] inline int copy_tree(int place) {
  constexpr std::uintptr_t kFlags =
      OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH;
  return static_cast<int>(raw_syscall(SYS_open_tree, static_cast<std::uintptr_t>(place),
                                      reinterpret_cast<std::uintptr_t>(""), kFlags, 0));
}

}  // namespace

struct ViewCollector::Collection {
  alignas(16) std::array<std::byte, 1024> stack{};
  int child = -1;  ///< pidfd
  SharedNetwork network;
  int mounts[kCount] = {-1, -1, -1, -1};
  const char* failed = nullptr;  ///< what was to be mounted
  int code = 0;
};

[[gnu::no_sanitize("address", "undefined")]] void ViewCollector::collect(
    void* collection) noexcept {
  auto& result = *static_cast<Collection*>(collection);
  const std::uintptr_t namespaces =
      CLONE_NEWIPC | CLONE_NEWCGROUP | (result.network.shared ? 0U : CLONE_NEWNET);
  const long entered =
      raw_syscall(SYS_setns, static_cast<std::uintptr_t>(result.child), namespaces, 0, 0);
  if (entered < 0) {
    result.failed = "views of the container's namespaces";
    result.code = static_cast<int>(-entered);
    return;
  }
  for (std::size_t i = 0; i < kCount; ++i) {
    result.mounts[i] = mount_type(kTypes[i]);
    if (result.mounts[i] == -EPERM && i == kSysfs && result.network.sysfs >= 0) {
      result.mounts[i] = copy_tree(result.network.sysfs);
    }
    if (result.mounts[i] < 0) {
      result.failed = kTypes[i];
      result.code = -result.mounts[i];
      return;
    }
  }
}

ViewCollector::ViewCollector(int child, const SharedNetwork& network)
    : collection_(std::make_unique<Collection>()) {
  collection_->child = child;
  collection_->network = network;
}

ViewCollector::ViewCollector(ViewCollector&&) noexcept = default;

Result<ViewCollector> ViewCollector::start(const kernel::Child& child, int own_pid_namespace,
                                           const SharedNetwork& network) {
  ViewCollector collector(child.pid_fd.get(), network);
  TRY(kernel::setns(child.pid_fd.get(), CLONE_NEWPID, "the container's pid namespace"));
  auto process = kernel::clone3_with_memory({.main = collect,
                                             .argument = collector.collection_.get(),
                                             .stack = collector.collection_->stack,
                                             .share_descriptors = true,
                                             .pid = kCollectorPid});
  if (process) {
    collector.process_ = std::move(*process);
  }
  TRY(kernel::setns(own_pid_namespace, CLONE_NEWPID, "warren's pid namespace"));
  if (!process) {
    return std::move(process).error();
  }
  return collector;
}

Result<NamespaceViews> ViewCollector::finish() {
  const auto exit = kernel::wait_for_exit(process_.pid_fd.get());
  process_.pid_fd.reset();
  NamespaceViews views;
  views.proc.reset(collection_->mounts[0]);
  views.sysfs.reset(collection_->mounts[1]);
  views.cgroup.reset(collection_->mounts[2]);
  views.mqueue.reset(collection_->mounts[3]);
  if (!exit) {
    return exit.error();
  }
  if (collection_->failed != nullptr) {
    auto error = Error::from_errno(collection_->code, "mount", collection_->failed);
    return collection_->code == EPERM
               ? std::move(error).advise(
                     "is this itself a container? Containers run in one only with nesting = true, "
                     "for warren spawn --nesting")
               : error;
  }
  return views;
}

ViewCollector::~ViewCollector() {
  if (process_.pid_fd) {
    (void)finish();
  }
}

}  // namespace warren::launch
