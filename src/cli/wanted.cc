#include "cli/wanted.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "cli/declarations.h"
#include "cli/report.h"
#include "cli/spawn_request.h"
#include "config/edit.h"
#include "config/json.h"
#include "config/lower.h"
#include "config/schema.h"
#include "manager/declaration_files.h"
#include "manager/host_parts.h"
#include "spec/validate.h"

namespace warren::cli {
namespace {

Error has_mistakes(const std::string& name) {
  return Error::because("", name, "its declaration has a mistake");
}

Result<spec::Declaration> read_config(const std::string& name, const std::string& file) {
  auto loaded = manager::load_declarations(manager::read_named_files({file}));
  report_problems(loaded.problems);
  if (!loaded.problems.empty()) {
    return has_mistakes(name);
  }
  auto& all = loaded.declarations;
  const auto found = std::ranges::find(all, name, &spec::Declaration::name);
  if (found == all.end() && all.size() != 1) {
    return Error::because("", name, cat(file, " declares ", all.size(), " containers, none of it"));
  }
  return found == all.end() ? std::move(all.front()) : std::move(*found);
}

}  // namespace

Result<Found> find_declared(const state::Paths& paths, const std::string& name) {
  const auto loaded = manager::load_declarations(manager::read_declaration_files(paths));
  for (std::size_t i = 0; i < loaded.declarations.size(); ++i) {
    if (loaded.declarations[i].name == name) {
      return Found{.declaration = loaded.declarations[i], .file = *loaded.places[i].file};
    }
  }
  config::Problems own;
  std::ranges::copy_if(loaded.problems, std::back_inserter(own), [&](const auto& problem) {
    return problem.container.empty() || problem.container == name;
  });
  if (!own.empty()) {
    report_problems(own);
    return has_mistakes(name);
  }
  return Error{.code = ENOENT, .operation = {}, .subject = name, .reason = "it is not declared"};
}

Result<spec::Declaration> read_wanted(const std::string& name, const Wanted& wanted,
                                      const spec::Declaration* base) {
  config::Value table = base != nullptr ? config::to_value(*base) : config::Value::table();
  if (!wanted.config.empty()) {
    TRY_ASSIGN(const auto declaration, read_config(name, wanted.config));
    table = config::to_value(declaration);
  }
  if (!wanted.image.empty()) {
    table.set("image", wanted.image);
  }
  for (const auto& setting : wanted.settings) {
    if (auto done = config::set(table, setting); !done) {
      return std::move(done).error().with("--set");
    }
  }
  const auto document =
      config::Value::table({{"containers", config::Value::table({{name, std::move(table)}})}});
  const std::vector<config::SourceFile> files = {
      {.path = "command line", .text = config::to_json(document)}};
  auto loaded = config::load(files);
  for (const auto& problem : loaded.problems) {
    say(cat("warren: ", problem.message));  // where it is in a text that nobody wrote tells nothing
  }
  if (!loaded.problems.empty() || loaded.declarations.empty()) {
    return has_mistakes(name);
  }
  return std::move(loaded.declarations.front());
}

Result<> check_declaration(const state::Paths& paths, const spec::Declaration& declaration) {
  // Which tree it will be matters to nothing that is checked here.
  TRY_ASSIGN(auto lowered,
             config::lower(declaration, {.directory = "/tree", .changes = "/changes"}));
  if (auto applied = apply_extra_flags(lowered.container, declaration.extra_flags); !applied) {
    return std::move(applied).error().with("extraFlags");
  }
  TRY(spec::validate(lowered.container));
  return manager::check_host_parts(paths, declaration.name, lowered.container.network);
}

}  // namespace warren::cli
