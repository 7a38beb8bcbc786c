#include "manager/apply.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "manager/condition.h"
#include "manager/create.h"
#include "manager/restart_note.h"

namespace warren::manager {
namespace {

using Kind = Work::Kind;

constexpr std::size_t kLargest = std::size_t{16} << 20;

std::string declared_in(const state::Paths& paths, const std::string& name) {
  const auto file = kernel::read_file(cat(directory_of(paths, name), "/declared"));
  return file ? std::string(trim(*file)) : std::string();
}

/// For whoever reads it in another directory.
std::string absolute(const std::string& file) {
  const bool is_whole = file == "-" || file.starts_with('/');
  return is_whole ? file
                  : cat(kernel::readlinkat(AT_FDCWD, "/proc/self/cwd").value_or(""), "/", file);
}

/// A container that is there already. Its texts are compared first: nothing is taken apart that
/// is as it was.
Result<> compare_present(const state::Paths& paths, Work& work) {
  const auto text =
      kernel::read_file(cat(directory_of(paths, work.name), "/current/declaration.json"), kLargest);
  if (!text) {
    return text.error();
  }
  if (declared_in(paths, work.name).empty()) {
    work.kind = Kind::Refuse;
    work.reason = cat("it was created by hand: destroy it, or take it out of ", work.file);
    return {};
  }
  work.start = !has_monitor(read_state(paths, work.name)) &&
               (work.declaration.auto_start || has_restart_note(paths, work.name));
  if (*text == config::declaration_to_json(work.declaration)) {
    TRY_ASSIGN(work.difference, unfinished(paths, work.name));
  } else {
    TRY_ASSIGN(const auto before, config::declaration_from_json(*text, work.name));
    work.difference.keys = config::compare(before, work.declaration);
  }
  work.kind = work.difference.any() ? Kind::Update : Kind::Nothing;
  return {};
}

Work work_for(const state::Paths& paths, const std::set<std::string>& present,
              const spec::Declaration& declaration, const config::Position& place) {
  Work work = {.name = declaration.name, .declaration = declaration};
  work.file = place.file ? absolute(*place.file) : std::string();
  if (!present.contains(work.name)) {
    work.kind = Kind::Create;
    work.start = declaration.auto_start;
  } else if (auto compared = compare_present(paths, work); !compared) {
    work.kind = Kind::Refuse;
    work.start = false;
    work.reason = compared.error().message();
  }
  return work;
}

/// Creates a container, or updates it when somebody else has created it meanwhile.
Result<> ensure(const state::Paths& paths, const Work& work, const image::Progress& progress,
                const NotReady& not_ready) {
  constexpr int kPatience = 1000;
  for (int tries = 0;; ++tries) {
    auto made = create(paths, work.declaration, work.file, progress);
    if (made || (made.error().code != EEXIST && made.error().code != EBUSY)) {
      return made;
    }
    if (made.error().code == EEXIST) {
      const auto updated = update(paths, work.declaration, work.file, progress, not_ready);
      return updated ? Result<>() : updated.error();
    }
    if (tries == kPatience) {
      return made;
    }
    ::usleep(10'000);
  }
}

}  // namespace

Result<std::vector<Work>> find_work(const state::Paths& paths, const config::Loaded& loaded,
                                    bool prune) {
  TRY_ASSIGN(const auto names, container_names(paths));
  const std::set<std::string> present(names.begin(), names.end());
  std::set<std::string> wanted;
  std::vector<Work> all;
  for (std::size_t i = 0; i < loaded.declarations.size(); ++i) {
    auto work = work_for(paths, present, loaded.declarations[i], loaded.places[i]);
    wanted.insert(work.name);
    if (work.kind != Kind::Nothing || work.start) {
      all.push_back(std::move(work));
    }
  }
  for (const auto& name : names) {
    if (prune && loaded.problems.empty() && !wanted.contains(name) &&
        !declared_in(paths, name).empty()) {
      all.push_back({.name = name, .kind = Kind::Destroy});
    }
  }
  std::ranges::sort(all, {}, &Work::name);
  return all;
}

Result<> carry_out(const state::Paths& paths, const Work& work, const image::Progress& progress,
                   const NotReady& not_ready) {
  switch (work.kind) {
    case Kind::Create:
      return ensure(paths, work, progress, not_ready);
    case Kind::Update: {
      const auto updated = update(paths, work.declaration, work.file, progress, not_ready);
      return updated ? Result<>() : updated.error();
    }
    case Kind::Destroy:
      return destroy(paths, work.name, Destroys::Declared);
    case Kind::Refuse:
      return Error::because("", work.name, work.reason);
    case Kind::Nothing:
      break;
  }
  return {};
}

}  // namespace warren::manager
