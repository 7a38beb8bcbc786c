// Carries out the steps of a plan in the tree that the launcher has made its root.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "kernel/terminal.h"
#include "launch/mount_points.h"
#include "launch/namespace_views.h"
#include "launch/sources.h"
#include "plan/plan.h"

namespace warren::launch {

/// What the steps leave in the launcher's hands.
struct BuiltTree {
  UniqueFd notify_socket;
  UniqueFd ready_fifo;       ///< its reading end
  kernel::Terminal console;  ///< closed without a console
  std::vector<MadeEntry> made;
};

/// Waits for the mounts that show the container's namespaces.
using AwaitViews = std::function<Result<NamespaceViews>()>;

/// What the steps work with; everything must outlive the builder.
struct BuildSite {
  const plan::Plan* plan = nullptr;
  std::vector<OpenSource>* sources = nullptr;
  std::vector<UniqueFd>* overlays = nullptr;  ///< see overlay_layers.h
  int root = -1;                              ///< the tree's root, also the process's
  int user_namespace = -1;                    ///< the container's; -1 without one
  int host_proc = -1;                         ///< the host's /proc
  int window = -1;                            ///< terminal whose size the console gets; -1 for none
  RecordMountPoint record;                    ///< see mount_points.h
  AwaitViews await_views;                     ///< called once, by the first step that needs them
};

/// All steps in their order. The process must have the tree as its root, and kernel::FileOwner
/// set to the container's root. What is made outside the image is added to `made`, also on
/// failure; `made` of the result stays empty.
[[nodiscard]] Result<BuiltTree> build_tree(const BuildSite& site, std::vector<MadeEntry>& made);

}  // namespace warren::launch
