// Mounts of the file systems that show a namespace: proc, sysfs, cgroup2, mqueue. They are made
// from outside, by a short-lived process that has the container's namespaces and the host's
// rights, so that they can be attached, and masked, before the payload's user namespace gets its
// locked copy of the tree.
#pragma once

#include <memory>

#include "base/result.h"
#include "base/unique_fd.h"
#include "kernel/clone.h"

namespace warren::launch {

struct NamespaceViews {
  UniqueFd proc;
  UniqueFd sysfs;
  UniqueFd cgroup;
  UniqueFd mqueue;
};

/// Whether the child is in the caller's network, of which the kernel lets nobody mount the sysfs
/// who is in a container: what they see of it is shown instead.
struct SharedNetwork {
  bool shared = false;
  int sysfs = -1;  ///< the caller's /sys, when that is all there may be
};

/// The process that makes them. What it makes are detached mounts.
class ViewCollector {
 public:
  /// Starts it, for the namespaces of `child`, which must not execute anything before the end of
  /// this. It waits until the child says on `link`, of which this is the parent's end, that it has
  /// them; what the child says is left there. `own_pid_namespace` is a descriptor of the caller's.
  [[nodiscard]] static Result<ViewCollector> start(const kernel::Child& child, int link,
                                                   int own_pid_namespace,
                                                   const SharedNetwork& network);
  ViewCollector(ViewCollector&&) noexcept;
  ViewCollector& operator=(ViewCollector&&) = delete;
  ~ViewCollector();

  /// Waits for its end.
  [[nodiscard]] Result<> wait();
  /// Waits for its end, and takes what it has made. To be called once.
  [[nodiscard]] Result<NamespaceViews> finish();

 private:
  struct Collection;
  ViewCollector(int child, int link, const SharedNetwork& network);
  static void collect(void* collection) noexcept;

  std::unique_ptr<Collection> collection_;
  kernel::Child process_;
};

}  // namespace warren::launch
