// Runs in: the launcher, and collect() in a process that shares its memory and descriptors, at the
// same time: neither errno nor the C library may be touched there.
// Has, in collect(): the container's pid, ipc, net and cgroup namespace, all rights of the host,
// and no process of the container beside it that runs a program yet.
#include "launch/namespace_views.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <utility>

#include "kernel/namespace.h"
#include "kernel/process.h"
#include "kernel/raw_syscall.h"
#include "launch/child_plan.h"

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
  const long context = raw_syscall(SYS_fsopen, type, FSOPEN_CLOEXEC);
  if (context < 0) {
    return static_cast<int>(context);
  }
  long mount = raw_syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0);
  if (mount == 0) {
    mount = raw_syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC,
                        MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
  }
  raw_syscall(SYS_close, context);
  return static_cast<int>(mount);
}

/// Waits for the child's next word. Anything but that one is a failure, or the end of the child.
[[gnu::always_inline, gnu::no_sanitize("address", "undefined")]] inline bool has_namespaces(
    int link) {
  char words[2] = {};
  long length = -EINTR;
  while (length == -EINTR) {
    length = raw_syscall(SYS_recvfrom, link, words, sizeof words, MSG_PEEK, nullptr, nullptr);
  }
  return length == 1 && words[0] == kNamespacesReady;
}

/// A copy of what is mounted there, or -errno.
[[gnu::always_inline, gnu::no_sanitize("address", "undefined")]] inline int copy_tree(int place) {
  constexpr unsigned kFlags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE | AT_EMPTY_PATH;
  return static_cast<int>(raw_syscall(SYS_open_tree, place, "", kFlags));
}

}  // namespace

struct ViewCollector::Collection {
  alignas(16) std::array<std::byte, 1024> stack{};
  int child = -1;  ///< pidfd
  int link = -1;   ///< to the child, the parent's end
  SharedNetwork network;
  int mounts[kCount] = {-1, -1, -1, -1};
  const char* failed = nullptr;  ///< what was to be mounted
  int code = 0;
};

[[gnu::no_sanitize("address", "undefined")]] void ViewCollector::collect(
    void* collection) noexcept {
  auto& result = *static_cast<Collection*>(collection);
  if (!has_namespaces(result.link)) {
    return;  // the parent finds the reason on the link
  }
  const int namespaces =
      CLONE_NEWIPC | CLONE_NEWCGROUP | (result.network.shared ? 0 : CLONE_NEWNET);
  const long entered = raw_syscall(SYS_setns, result.child, namespaces);
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

ViewCollector::ViewCollector(int child, int link, const SharedNetwork& network)
    : collection_(std::make_unique<Collection>()) {
  collection_->child = child;
  collection_->link = link;
  collection_->network = network;
}

ViewCollector::ViewCollector(ViewCollector&&) noexcept = default;

Result<ViewCollector> ViewCollector::start(const kernel::Child& child, int link,
                                           int own_pid_namespace, const SharedNetwork& network) {
  ViewCollector collector(child.pid_fd.get(), link, network);
  TRY(kernel::setns(child.pid_fd.get(), CLONE_NEWPID, "the container's pid namespace"));
  auto process = kernel::clone3_with_memory({.main = collect,
                                             .argument = collector.collection_.get(),
                                             .stack = collector.collection_->stack,
                                             .flags = CLONE_FILES,
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

Result<> ViewCollector::wait() {
  if (!process_.pid_fd) {
    return {};
  }
  const auto exit = kernel::wait_for_exit(process_.pid_fd.get());
  process_.pid_fd.reset();
  return exit ? Result<>() : exit.error();
}

Result<NamespaceViews> ViewCollector::finish() {
  TRY(wait());
  const auto collection = std::move(collection_);
  NamespaceViews views;
  views.proc.reset(collection->mounts[0]);
  views.sysfs.reset(collection->mounts[1]);
  views.cgroup.reset(collection->mounts[2]);
  views.mqueue.reset(collection->mounts[3]);
  if (collection->failed != nullptr) {
    auto error = Error::from_errno(collection->code, "mount", collection->failed);
    return collection->code == EPERM
               ? std::move(error).advise(
                     "is this itself a container? Containers run in one only with nesting = true, "
                     "for warren spawn --nesting")
               : error;
  }
  return views;
}

ViewCollector::~ViewCollector() {
  if (collection_) {
    (void)finish();
  }
}

}  // namespace warren::launch
