#include "manager/create.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/text.h"
#include "config/declarations.h"
#include "image/facts.h"
#include "kernel/file.h"
#include "manager/condition.h"
#include "manager/declaration_files.h"
#include "manager/listing.h"
#include "manager/unit.h"
#include "manager/verbs.h"
#include "state/name_claim.h"

namespace warren::manager {
namespace {

using Access = ContainerDirectory::Access;

/// Refuses before anything is ended what could not be removed afterwards.
Result<> check_destroyable(const ContainerDirectory& directory, Destroys what) {
  const auto file = directory.declared();
  if (what == Destroys::Imperative && still_declares(file, directory.name())) {
    return Error::because("", directory.name(), cat("it is declared in ", file))
        .advise("take it out of there, then warren apply --prune");
  }
  TRY_ASSIGN(const auto place, directory.mounted());
  return place ? something_is_mounted(directory.name(), *place) : Result<>();
}

/// Ends the container, and keeps everybody from starting it as long as the claim is held.
Result<state::NameClaim> end_and_claim(const state::Paths& paths, const std::string& name) {
  constexpr int kPatience = 200;  // with what has the name and has not noted yet what it is
  for (int tries = 0;; ++tries) {
    TRY(stop(paths, name, Manner::Kill));
    auto claim = state::NameClaim::take(paths.run, name);
    if (claim || claim.error().code != EBUSY) {
      return claim;
    }
    if (!read_state(paths, name).record && tries >= kPatience) {
      return std::move(claim).error().advise("warren spawn runs one: end that first");
    }
    ::usleep(10'000);
  }
}

}  // namespace

Result<Ingredients> gather(const state::Paths& paths, const spec::Declaration& declaration,
                           const image::Progress& progress) {
  Ingredients ingredients;
  ingredients.texts.declaration = config::declaration_to_json(declaration);
  ingredients.texts.listing = to_text(make_listing(declaration));
  if (!declaration.path.empty()) {
    TRY_ASSIGN(const auto tree, image::open_tree(declaration.path));
    ingredients.texts.image = cat(kPathTree, declaration.path);
    return ingredients;
  }
  image::Store store(paths.state);
  constexpr int kMostTimes = 5;
  for (int i = 0; i < kMostTimes; ++i) {
    TRY_ASSIGN(const auto made, store.ensure(declaration.image, declaration.packages, progress));
    ingredients.texts.image = made.id;
    if (declaration.image.kind == spec::ImageSource::Kind::Directory) {
      return ingredients;
    }
    auto use = store.use(made.id);
    if (use) {
      ingredients.image_use = *std::move(use);
      return ingredients;
    }
    if (use.error().code != ENOENT) {
      return std::move(use).error();
    }
  }
  return Error::because("image", image::to_text(declaration.image),
                        "somebody removes it as soon as it is built");
}

Result<> create(const state::Paths& paths, const spec::Declaration& declaration,
                const std::string& file, const image::Progress& progress) {
  TRY_ASSIGN(const auto ingredients, gather(paths, declaration, progress));
  TRY_ASSIGN(auto directory,
             ContainerDirectory::create(paths, declaration.name, ingredients.texts));
  if (!file.empty()) {
    TRY(directory.set_declared(file));
  }
  return directory.publish();
}

Result<> destroy(const state::Paths& paths, const std::string& name, Destroys what) {
  TRY_ASSIGN(auto directory, ContainerDirectory::open(paths, name, Access::Change));
  TRY(check_destroyable(directory, what));
  TRY_ASSIGN(const auto claim, end_and_claim(paths, name));
  TRY(directory.remove());
  if (has_units(paths)) {
    forget_unit(name);
  }
  return {};
}

}  // namespace warren::manager
