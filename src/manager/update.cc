#include "manager/update.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "config/declarations.h"
#include "manager/condition.h"
#include "manager/create.h"
#include "manager/live.h"
#include "manager/restart_note.h"
#include "manager/verbs.h"

namespace warren::manager {
namespace {

using Access = ContainerDirectory::Access;

Result<> restart(const state::Paths& paths, const std::string& name) {
  TRY(end_for_restart(paths, name));
  return start(paths, name);
}

/// From one generation to another.
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
Result<> restart_or_return(const state::Paths& paths, const std::string& name, Step step,
                           const NotReady& not_ready) {
  auto restarted = restart(paths, name);
  if (restarted) {
    return {};
  }
  not_ready();
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

Result<Difference> difference_between(const std::string& name, const GenerationTexts& from,
                                      const GenerationTexts& to) {
  Difference difference;
  difference.is_new_image = from.image != to.image;
  if (from.declaration != to.declaration) {
    TRY_ASSIGN(const auto before, config::declaration_from_json(from.declaration, name));
    TRY_ASSIGN(const auto after, config::declaration_from_json(to.declaration, name));
    difference.keys = config::compare(before, after);
    restart_where_needed(difference.keys, after);
  }
  return difference;
}

/// The generation that runs; none when nothing does, or not for long: what is started after a stop
/// is what is current then.
std::optional<unsigned> running_generation(const state::Paths& paths, const std::string& name) {
  const auto condition = read_state(paths, name);
  const bool stays = has_monitor(condition) && condition.state != State::Stopping;
  return stays ? std::optional(condition.record->generation) : std::nullopt;
}

/// The way of a container to another generation.
struct Course {
  Step step;
  bool runs = false;       ///< then it starts at what runs, which need not be what is current
  bool was_ended = false;  ///< by somebody who was killed before he started it again
  Difference difference;   ///< between its ends
  GenerationTexts before;
  GenerationTexts after;
  [[nodiscard]] bool needs_restart() const { return was_ended || difference.needs_restart(); }
};

/// `to` is filled in when it is known.
Result<Course> find_course(const state::Paths& paths, const ContainerDirectory& directory,
                           const GenerationTexts& after) {
  Course course = {.after = after};
  const auto running = running_generation(paths, directory.name());
  course.was_ended = !running && has_restart_note(paths, directory.name());
  course.runs = running || course.was_ended;
  if (running) {
    course.step.from = *running;
  } else {
    TRY_ASSIGN(course.step.from, directory.current());
  }
  TRY_ASSIGN(course.before, directory.read(course.step.from));
  TRY_ASSIGN(course.difference, difference_between(directory.name(), course.before, after));
  return course;
}

/// Changes what runs without a restart; the directory is held, and is switched already.
Result<> go_live(const state::Paths& paths, const ContainerDirectory& directory,
                 const Course& course) {
  const std::string& name = directory.name();
  TRY_ASSIGN(const auto before, config::declaration_from_json(course.before.declaration, name));
  TRY_ASSIGN(const auto after, config::declaration_from_json(course.after.declaration, name));
  return change_live(
      paths, name,
      {.keys = course.difference.keys, .before = before, .after = after, .to = course.step.to});
}

/// Takes `generation` away when nobody has switched to it since it was left.
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

/// What is to be done to a container whose directory is held, and what has been done.
struct Switch {
  Updated updated;
  Course course;
  bool is_done = false;  ///< nothing has to be restarted
};

/// Switches to a new generation of `texts`, unless that is what there is, and changes what runs if
/// no restart is needed for it.
Result<Switch> switch_over(const state::Paths& paths, ContainerDirectory& directory,
                           const GenerationTexts& texts, bool may_restart) {
  Switch over;
  unsigned& generation = over.updated.generation;
  TRY_ASSIGN(generation, directory.current());
  TRY_ASSIGN(const auto old, directory.read(generation));
  TRY_ASSIGN(over.updated.difference, difference_between(directory.name(), old, texts));
  TRY_ASSIGN(over.course, find_course(paths, directory, texts));
  Course& course = over.course;
  const unsigned current = generation;
  const bool is_new = over.updated.difference.any();
  const bool must_wait = course.runs && course.needs_restart() && !may_restart;
  if (is_new) {
    TRY_ASSIGN(generation, directory.add_generation(texts));
    TRY(directory.switch_to(generation));
    directory.prune_generations(std::array{current, course.step.from});
  } else if (course.runs && !must_wait) {
    over.updated.difference = course.difference;
  }
  course.step.to = generation;
  over.is_done = !course.runs || must_wait || !course.needs_restart();
  if (!over.is_done) {
    TRY(directory.note_restart());
  } else if (must_wait) {
    over.updated.outcome = Outcome::Waiting;
  } else if (course.runs) {
    if (auto changed = go_live(paths, directory, course); !changed) {
      if (is_new) {
        TRY(directory.switch_to(current));
        TRY(directory.remove_generation(generation));
      }
      return std::move(changed).error();
    }
    over.updated.outcome = course.difference.is_live() ? Outcome::Live : Outcome::Untouched;
  }
  return over;
}

}  // namespace

std::string_view effect_of(const config::Change& change) {
  return change.effect == config::Effect::None ? "" : is_live(change) ? "live" : "restart";
}

bool Difference::needs_restart() const {
  return is_new_image ||
         std::ranges::any_of(keys, [](const auto& key) { return effect_of(key) == "restart"; });
}

bool Difference::is_live() const {
  return std::ranges::any_of(keys, [](const auto& key) { return effect_of(key) == "live"; });
}

Result<Updated> update(const state::Paths& paths, const spec::Declaration& declaration,
                       const std::string& file, const image::Progress& progress,
                       const NotReady& not_ready) {
  const std::string& name = declaration.name;
  Switch over;
  {
    TRY_ASSIGN(const auto ingredients, gather(paths, declaration, progress));
    TRY_ASSIGN(auto directory, ContainerDirectory::open(paths, name, Access::Change));
    if (!file.empty() && directory.declared() != file) {
      TRY(directory.set_declared(file));
    }
    TRY_ASSIGN(over,
               switch_over(paths, directory, ingredients.texts, declaration.restart_if_changed));
  }
  if (!over.is_done) {
    if (auto done = restart_or_return(paths, name, over.course.step, not_ready); !done) {
      take_back(paths, name, over.course.step.to);
      return std::move(done).error();
    }
    over.updated.outcome = Outcome::Restarted;
  }
  return std::move(over.updated);
}

Result<Difference> unfinished(const state::Paths& paths, const std::string& name) {
  const auto running = running_generation(paths, name);
  if (!running) {
    return Difference();
  }
  TRY_ASSIGN(const auto directory, ContainerDirectory::open(paths, name, Access::Look));
  TRY_ASSIGN(const auto current, directory.current());
  if (*running == current) {
    return Difference();
  }
  TRY_ASSIGN(const auto before, directory.read(*running));
  TRY_ASSIGN(const auto after, directory.read(current));
  TRY_ASSIGN(const auto declared, config::declaration_from_json(after.declaration, name));
  TRY_ASSIGN(auto difference, difference_between(name, before, after));
  const bool may_be_done = !difference.needs_restart() || declared.restart_if_changed;
  return may_be_done ? std::move(difference) : Difference();
}

Result<unsigned> roll_back(const state::Paths& paths, const std::string& name,
                           std::optional<unsigned> number, const NotReady& not_ready) {
  Course course;
  {
    TRY_ASSIGN(auto directory, ContainerDirectory::open(paths, name, Access::Change));
    TRY_ASSIGN(const auto current, directory.current());
    unsigned to = 0;
    if (number) {
      to = *number;
    } else {
      TRY_ASSIGN(to, generation_before(directory, current));
    }
    TRY_ASSIGN(const auto texts, directory.read(to));
    TRY_ASSIGN(course, find_course(paths, directory, texts));
    course.step.to = to;
    TRY(directory.switch_to(to));
    if (course.runs && course.needs_restart()) {
      TRY(directory.note_restart());
    } else if (course.runs) {
      if (auto changed = go_live(paths, directory, course); !changed) {
        TRY(directory.switch_to(current));
        return std::move(changed).error();
      }
    }
  }
  if (course.runs && course.needs_restart()) {
    TRY(restart_or_return(paths, name, course.step, not_ready));
  }
  return course.step.to;
}

}  // namespace warren::manager
