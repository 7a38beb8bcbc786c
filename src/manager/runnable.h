// A declared container as the monitor runs it: what its current generation says, ready to start.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "spec/container.h"
#include "spec/declaration.h"
#include "state/paths.h"

namespace warren::manager {

struct Runnable {
  spec::Container container;  ///< complete, but for what take_hold() fills in
  unsigned generation = 0;
  spec::RestartPolicy restart = spec::RestartPolicy::OnFailure;
  std::chrono::milliseconds timeout_start = std::chrono::minutes(1);
  std::chrono::milliseconds timeout_stop = std::chrono::seconds(90);
  std::vector<std::string> sockets;  ///< to open and pass in: ADDRESS:PORT or an absolute path
  std::string log;                   ///< file of the console's log; its older part is `log`.1
  spec::Declaration declaration;     ///< what it comes from
};

/// Applies extraFlags, options of `warren spawn`, to a container. The table of them is cli/'s.
using ApplyFlags = Result<> (*)(spec::Container& container, const std::vector<std::string>& flags);

/// Reads the current generation of container `name`, or the one that is named: then without taking
/// a turn, since who changes the container may be waiting for the caller. ENOENT when there is no
/// such container. The files inside are another matter: see contents.h.
[[nodiscard]] Result<Runnable> load_runnable(const state::Paths& paths, const std::string& name,
                                             ApplyFlags apply_flags,
                                             std::optional<unsigned> generation = {});

/// Where the console's log of a container is, which need not exist.
[[nodiscard]] std::string log_of(const state::Paths& paths, const std::string& name);

}  // namespace warren::manager
