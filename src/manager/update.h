// From one generation of a container to another.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/schema.h"
#include "image/progress.h"
#include "manager/container_directory.h"
#include "spec/declaration.h"
#include "state/paths.h"

namespace warren::manager {

/// What an update would change.
struct Difference {
  std::vector<config::Change> keys;
  bool is_new_image = false;  ///< the same declaration, of another tree
  [[nodiscard]] bool any() const { return is_new_image || !keys.empty(); }
  /// Whether what runs has to be restarted for it. What could be done live is done by a restart
  /// too, as nothing of it is done otherwise yet.
  [[nodiscard]] bool needs_restart() const;
};

/// "live", "restart" or nothing, as it is really done.
[[nodiscard]] std::string_view effect_of(const config::Change& change);

struct Updated {
  unsigned generation = 0;  ///< that is current now
  Difference difference;
  bool restarted = false;
};

/// Makes a generation of `declaration` and switches to it. One that runs is restarted where that
/// is needed and declared (restartIfChanged); when it does not get ready the generation is taken
/// back, the old one is started again, and this fails. Nothing is done when nothing differs.
/// `file` is where it is declared; empty leaves that as it is.
[[nodiscard]] Result<Updated> update(const state::Paths& paths,
                                     const spec::Declaration& declaration, const std::string& file,
                                     const image::Progress& progress);

/// Switches to generation `number`, by default the one before the current one, and restarts what
/// runs. Returns the number. When it does not get ready all is as before, and this fails.
[[nodiscard]] Result<unsigned> roll_back(const state::Paths& paths, const std::string& name,
                                         std::optional<unsigned> number);

}  // namespace warren::manager
