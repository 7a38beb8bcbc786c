// What has to be done for the host to have the containers that are declared.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "config/declarations.h"
#include "image/progress.h"
#include "manager/update.h"
#include "state/paths.h"

namespace warren::manager {

/// What is to be done for one container, in this order.
struct Work {
  enum class Kind {
    Nothing,
    Create,
    Update,
    Destroy,
    Refuse,  ///< it cannot be done; `reason` says why
  };
  std::string name;
  Kind kind = Kind::Nothing;
  /// It does not run, and is declared with autoStart, or a killed update has stopped it.
  bool start = false;
  Difference difference;
  spec::Declaration declaration;
  std::string file;  ///< where it is declared
  std::string reason;
};

/// Compares what is declared with what is there; only what differs is in the result, by name.
/// With `prune` containers that were declared once and are not any more are destroyed: none of
/// them when anything is wrong with the declarations.
[[nodiscard]] Result<std::vector<Work>> find_work(const state::Paths& paths,
                                                  const config::Loaded& loaded, bool prune);

/// Does it, but for the start.
[[nodiscard]] Result<> carry_out(const state::Paths& paths, const Work& work,
                                 const image::Progress& progress, const NotReady& not_ready);

}  // namespace warren::manager
