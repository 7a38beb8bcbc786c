// From one generation of a container to another.
#pragma once

#include <functional>
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
  /// Whether what runs has to be restarted for it.
  [[nodiscard]] bool needs_restart() const;
  /// Whether something of it is done to what runs.
  [[nodiscard]] bool is_live() const;
};

/// "live", "restart" or nothing: what it does to what runs.
[[nodiscard]] std::string_view effect_of(const config::Change& change);

/// What has become of a container that ran.
enum class Outcome {
  Untouched,  ///< it did not run, or nothing had to be done to it
  Live,
  Restarted,
  Waiting,  ///< it needs a restart, which is not wanted: restartIfChanged
};

struct Updated {
  unsigned generation = 0;  ///< that is current now
  Difference difference;
  Outcome outcome = Outcome::Untouched;
};

/// Called when a generation did not get ready, before the old one is started again: as long as the
/// end of the log is its own.
using NotReady = std::function<void()>;

/// Makes a generation of `declaration` and switches to it. What runs is changed live, or restarted
/// where that is needed and declared (restartIfChanged); when that fails or it does not get ready,
/// the generation is taken back, the old one runs again, and this fails. Nothing is done when
/// nothing differs; what a killed update had not done to what runs is done then.
/// Old generations are pruned. `file` is where it is declared; empty leaves that as it is.
[[nodiscard]] Result<Updated> update(const state::Paths& paths,
                                     const spec::Declaration& declaration, const std::string& file,
                                     const image::Progress& progress, const NotReady& not_ready);

/// What a killed update has left to do: how what runs differs from the current generation, unless
/// that needs a restart which is not wanted.
[[nodiscard]] Result<Difference> unfinished(const state::Paths& paths, const std::string& name);

/// Switches to generation `number`, by default the one before the current one; what runs is changed
/// live or restarted. Returns the number. When it does not get ready all is as before, and this
/// fails.
[[nodiscard]] Result<unsigned> roll_back(const state::Paths& paths, const std::string& name,
                                         std::optional<unsigned> number, const NotReady& not_ready);

}  // namespace warren::manager
