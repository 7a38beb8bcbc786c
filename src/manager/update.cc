#include "manager/update.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "config/declarations.h"
#include "manager/condition.h"
#include "manager/create.h"
#include "manager/verbs.h"

namespace warren::manager {
namespace {

using Access = ContainerDirectory::Access;

bool runs(const state::Paths& paths, const std::string& name) {
  const State state = read_state(paths, name).state;
  return state != State::Stopped && state != State::Failed;
}

Result<> restart(const state::Paths& paths, const std::string& name) {
  TRY(stop(paths, name, Manner::Ask));
  return start(paths, name);
}

struct Step {
  unsigned from = 0;
  unsigned to = 0;
};

/// Goes back, unless somebody else has gone on meanwhile.
Result<> return_to(const state::Paths& paths, const std::string& name, Step step) {
  TRY_ASSIGN(auto directory, ContainerDirectory::open(paths, name, Access::Change));
  TRY_ASSIGN(const auto current, directory.current());
  return current == step.to ? directory.switch_to(step.from) : Result<>();
}

/// Restarts a container that was switched; puts all back when that fails.
Result<> restart_or_return(const state::Paths& paths, const std::string& name, Step step) {
  auto restarted = restart(paths, name);
  if (restarted) {
    return {};
  }
  Error error =
      std::move(restarted).error().with(cat("generation ", step.to, " did not get ready"));
  auto returned = return_to(paths, name, step);
  if (returned) {
    returned = start(paths, name);
  }
  error.hint = returned ? cat("generation ", step.from, " runs again")
                        : cat("generation ", step.from,
                              " could not be started again: ", returned.error().message());
  return error;
}

/// What is there before an update.
struct Before {
  unsigned generation = 0;
  Difference difference;
};

Result<Before> compare_with_current(const ContainerDirectory& directory,
                                    const spec::Declaration& declaration,
                                    const GenerationTexts& texts) {
  Before before;
  TRY_ASSIGN(before.generation, directory.current());
  TRY_ASSIGN(const auto old, directory.read(before.generation));
  before.difference.is_new_image = old.image != texts.image;
  if (old.declaration != texts.declaration) {
    TRY_ASSIGN(const auto from, config::declaration_from_json(old.declaration, declaration.name));
    before.difference.keys = config::compare(from, declaration);
  }
  return before;
}

void take_back(const state::Paths& paths, const std::string& name, unsigned generation) {
  auto directory = ContainerDirectory::open(paths, name, Access::Change);
  const auto current = directory ? directory->current() : Result<unsigned>(directory.error());
  if (current && *current != generation) {
    (void)directory->remove_generation(generation);
  }
}

Result<unsigned> generation_before(const ContainerDirectory& directory, unsigned current) {
  TRY_ASSIGN(const auto numbers, directory.generations());
  const auto later = std::ranges::lower_bound(numbers, current);
  if (later == numbers.begin()) {
    return Error{.code = ENOENT,
                 .operation = {},
                 .subject = directory.name(),
                 .reason = cat("there is no generation before ", current)};
  }
  return *std::prev(later);
}

}  // namespace

std::string_view effect_of(const config::Change& change) {
  return change.effect == config::Effect::None ? "" : "restart";
}

bool Difference::needs_restart() const {
  return is_new_image ||
         std::ranges::any_of(keys, [](const auto& key) { return !effect_of(key).empty(); });
}

Result<Updated> update(const state::Paths& paths, const spec::Declaration& declaration,
                       const std::string& file, const image::Progress& progress) {
  const std::string& name = declaration.name;
  Updated updated;
  unsigned old = 0;
  {
    TRY_ASSIGN(const auto ingredients, gather(paths, declaration, progress));
    TRY_ASSIGN(auto directory, ContainerDirectory::open(paths, name, Access::Change));
    TRY_ASSIGN(auto before, compare_with_current(directory, declaration, ingredients.texts));
    old = updated.generation = before.generation;
    updated.difference = std::move(before.difference);
    if (!file.empty() && directory.declared() != file) {
      TRY(directory.set_declared(file));
    }
    if (!updated.difference.any()) {
      return updated;
    }
    TRY_ASSIGN(updated.generation, directory.add_generation(ingredients.texts));
    TRY(directory.switch_to(updated.generation));
  }
  if (updated.difference.needs_restart() && declaration.restart_if_changed && runs(paths, name)) {
    if (auto done = restart_or_return(paths, name, {.from = old, .to = updated.generation});
        !done) {
      take_back(paths, name, updated.generation);
      return std::move(done).error();
    }
    updated.restarted = true;
  }
  return updated;
}

Result<unsigned> roll_back(const state::Paths& paths, const std::string& name,
                           std::optional<unsigned> number) {
  Step step;
  {
    TRY_ASSIGN(auto directory, ContainerDirectory::open(paths, name, Access::Change));
    TRY_ASSIGN(step.from, directory.current());
    if (number) {
      step.to = *number;
    } else {
      TRY_ASSIGN(step.to, generation_before(directory, step.from));
    }
    TRY(directory.switch_to(step.to));
  }
  if (step.to != step.from && runs(paths, name)) {
    TRY(restart_or_return(paths, name, step));
  }
  return step.to;
}

}  // namespace warren::manager
