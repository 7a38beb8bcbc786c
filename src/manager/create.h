// Containers come to be, change and go.
#pragma once

#include <string>

#include "base/result.h"
#include "image/progress.h"
#include "image/store.h"
#include "manager/container_directory.h"
#include "spec/declaration.h"
#include "state/paths.h"

namespace warren::manager {

/// What a generation is made of, and what keeps its image from being removed until it is there.
struct Ingredients {
  GenerationTexts texts;
  UniqueFd image_use;  ///< none for a tree that is used in place
};

/// Builds the image, or finds the one that is there. What is declared is checked as far as that
/// is possible without starting it.
[[nodiscard]] Result<Ingredients> gather(const state::Paths& paths,
                                         const spec::Declaration& declaration,
                                         const image::Progress& progress);

/// Makes the container `declaration.name`. `file` is where it is declared; empty when it is made
/// by hand. Leaves nothing when it fails.
[[nodiscard]] Result<> create(const state::Paths& paths, const spec::Declaration& declaration,
                              const std::string& file, const image::Progress& progress);

/// Who may destroy what.
enum class Destroys {
  Imperative,  ///< a container that is still declared is refused
  Declared,    ///< that is what it is about
};

/// Ends the container and removes all that was made for it. ENOENT when there is none.
[[nodiscard]] Result<> destroy(const state::Paths& paths, const std::string& name, Destroys what);

}  // namespace warren::manager
