#include "manager/runnable.h"

#include <utility>

#include "base/text.h"
#include "config/declarations.h"
#include "config/lower.h"
#include "image/store.h"
#include "kernel/file.h"
#include "manager/addresses.h"
#include "manager/condition.h"
#include "manager/container_directory.h"
#include "spec/validate.h"

namespace warren::manager {
namespace {

/// What of a generation is read while nobody changes it.
struct Read {
  unsigned generation = 0;
  GenerationTexts texts;
  std::string machine_id;
};

Result<Read> read_generation(const state::Paths& paths, const std::string& name,
                             std::optional<unsigned> generation) {
  using Access = ContainerDirectory::Access;
  TRY_ASSIGN(const auto directory,
             ContainerDirectory::open(paths, name, generation ? Access::Look : Access::Read));
  Read read;
  if (generation) {
    read.generation = *generation;
  } else {
    TRY_ASSIGN(read.generation, directory.current());
  }
  TRY_ASSIGN(read.texts, directory.read(read.generation));
  TRY_ASSIGN(read.machine_id, directory.machine_id());
  return read;
}

Result<config::TreePlace> place_of(const state::Paths& paths, const std::string& name,
                                   const std::string& image) {
  config::TreePlace place = {.changes = cat(directory_of(paths, name), "/changes")};
  if (image.starts_with(kPathTree)) {
    place.directory = image.substr(kPathTree.size());
    return place;
  }
  TRY_ASSIGN(const auto stored, image::Store(paths.state).find(image));
  place.directory = stored.root;
  place.in_place = stored.id.starts_with("directory:");
  return place;
}

Result<> make_on_host(const std::vector<std::string>& directories) {
  for (const auto& directory : directories) {
    TRY(kernel::make_path(directory, 0755));
  }
  return {};
}

}  // namespace

std::string log_of(const state::Paths& paths, const std::string& name) {
  return cat(directory_of(paths, name), "/console.log");
}

Result<Runnable> load_runnable(const state::Paths& paths, const std::string& name,
                               ApplyFlags apply_flags, std::optional<unsigned> generation) {
  TRY_ASSIGN(auto read, read_generation(paths, name, generation));
  TRY_ASSIGN(auto declaration, config::declaration_from_json(read.texts.declaration, name));
  TRY(assign_addresses(declaration, paths));
  TRY_ASSIGN(const auto place, place_of(paths, name, read.texts.image));
  TRY_ASSIGN(auto lowered, config::lower(declaration, place));
  TRY(make_on_host(lowered.make_on_host));
  spec::Container& container = lowered.container;
  container.identity.uuid = std::move(read.machine_id);
  if (auto applied = apply_flags(container, declaration.extra_flags); !applied) {
    return std::move(applied).error().with("extraFlags");
  }
  TRY(spec::validate(container));
  Runnable runnable{.container = std::move(container),
                    .generation = read.generation,
                    .restart = declaration.restart,
                    .timeout_start = declaration.timeout_start,
                    .timeout_stop = declaration.timeout_stop,
                    .sockets = declaration.sockets,
                    .log = log_of(paths, name),
                    .declaration = {}};
  runnable.declaration = std::move(declaration);
  return runnable;
}

}  // namespace warren::manager
