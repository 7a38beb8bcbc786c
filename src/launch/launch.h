// Makes a planned container run.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "kernel/clone.h"
#include "kernel/terminal.h"
#include "launch/lifeline.h"
#include "launch/mount_points.h"
#include "network/links.h"
#include "plan/plan.h"

namespace warren::launch {

/// What the caller has taken for the container on the host.
struct Claims {
  int tree = -1;                ///< directory descriptor of the root tree
  int cgroup = -1;              ///< cgroup2 directory to start in
  int window = -1;              ///< terminal whose size the container's gets; -1 for none
  std::string empty_namespace;  ///< where one is kept, see empty_namespace.h
  RecordMountPoint record;      ///< called before a mount point is made in the tree
  std::string bridge_lock;      ///< see network/links.h
};

/// A container whose first program has been executed.
struct Launched {
  Lifeline lifeline;  ///< kills what is left of the container when it goes
  kernel::Child leader;
  kernel::Terminal console;  ///< closed with Console::Pipe
  UniqueFd notify_socket;    ///< where process 1 reports
  UniqueFd ready_fifo;       ///< where readiness is written; closed without plan::MakeReadyFifo
  network::Links links;
  std::vector<MadeEntry> made;  ///< for remove_made_entries() when it has ended
  bool many_mounts = false;     ///< keep_empty_namespace() may make later launches faster
};

/// Carries out `plan`. The caller must have one thread and all signals blocked that it does not
/// want to lose; it may have any working directory, which it has again afterwards. On failure
/// nothing is left but what `record` was told; a program that could not be executed is an error
/// whose operation is "execute".
[[nodiscard]] Result<Launched> launch(const plan::Plan& plan, const Claims& claims);

}  // namespace warren::launch
