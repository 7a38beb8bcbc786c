#include "manager/audit.h"

#include "config/declarations.h"
#include "manager/container_directory.h"
#include "manager/overview.h"
#include "manager/running.h"

namespace warren::manager {
namespace {

Result<std::vector<Weakening>> of_declared(const state::Paths& paths, const std::string& name) {
  TRY_ASSIGN(const auto directory,
             ContainerDirectory::open(paths, name, ContainerDirectory::Access::Read));
  TRY_ASSIGN(const auto current, directory.current());
  TRY_ASSIGN(const auto texts, directory.read(current));
  TRY_ASSIGN(const auto declaration, config::declaration_from_json(texts.declaration, name));
  return weakenings(declaration);
}

Result<std::vector<Weakening>> of_spawned(const state::Paths& paths, const std::string& name) {
  TRY_ASSIGN(const auto running, find_running(paths, name));
  std::vector<Weakening> found;
  for (const auto& [setting, consequence] : running.entry.weakenings) {
    found.push_back({.setting = setting, .consequence = consequence});
  }
  return found;
}

}  // namespace

Result<std::vector<Weakening>> audit(const state::Paths& paths, const std::string& name) {
  TRY_ASSIGN(const auto overview, read_overview(paths, name));
  return overview.spawned ? of_spawned(paths, name) : of_declared(paths, name);
}

}  // namespace warren::manager
