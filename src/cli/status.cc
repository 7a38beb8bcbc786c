#include <array>
#include <ctime>
#include <optional>
#include <utility>

#include "base/text.h"
#include "cli/list.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/usage_text.h"
#include "cli/verb.h"
#include "config/declarations.h"
#include "config/json.h"
#include "config/schema.h"
#include "config/toml.h"
#include "manager/audit.h"
#include "manager/container_directory.h"
#include "manager/hold.h"
#include "manager/published.h"
#include "manager/running.h"
#include "manager/usage.h"
#include "state/cgroup.h"

namespace warren::cli {
namespace {

using config::Value;
using manager::ContainerDirectory;

struct Request {
  bool json = false;
  bool help = false;
};

constexpr auto kOptions =
    std::to_array<Option<Request>>({kJsonOption<Request>, kHelpOption<Request>});

/// What the overview does not say.
struct Kept {
  spec::Declaration declaration;
  std::string file;  ///< where it is declared
  std::string image_id;
  std::vector<std::string> weakenings;
  std::vector<std::string> dropped_by;  ///< see manager::tables_that_drop()
};

Result<Kept> read_kept(const state::Paths& paths, const std::string& name) {
  TRY_ASSIGN(const auto directory,
             ContainerDirectory::open(paths, name, ContainerDirectory::Access::Read));
  TRY_ASSIGN(const auto current, directory.current());
  TRY_ASSIGN(const auto texts, directory.read(current));
  TRY_ASSIGN(auto declaration, config::declaration_from_json(texts.declaration, name));
  return Kept{
      .declaration = std::move(declaration), .file = directory.declared(), .image_id = texts.image};
}

/// Of a container that runs.
std::optional<manager::Usage> usage_of(const manager::Overview& overview,
                                       const state::Paths& paths) {
  const auto running = manager::find_running(paths, overview.name);
  const auto cgroup =
      running ? state::open_cgroup(running->entry.cgroup) : Result<UniqueFd>(running.error());
  return cgroup ? std::optional(manager::read_usage(cgroup->get())) : std::nullopt;
}

Value text_or_null(const std::string& text) { return text.empty() ? Value() : Value(text); }

Value to_value(const state::Ending& ending) {
  return Value::table({{"time", ending.time},
                       {"status", ending.by_signal ? Value() : Value(ending.status)},
                       {"signal", ending.by_signal ? Value(ending.status) : Value()},
                       {"failed", ending.failed},
                       {"reason", ending.reason}});
}

/// The limits that are declared.
Value limits_of(const spec::Declaration& declaration) {
  Value limits = Value::table();
  const Value all = config::to_value(declaration);
  const auto* declared = all.find("limits");
  if (declared != nullptr && declared->value.members() != nullptr) {
    for (const auto& member : *declared->value.members()) {
      const auto* list = member.value.array();
      const bool is_declared = !member.value.is_null() && (list == nullptr || !list->empty());
      if (is_declared && member.key != "required") {
        limits.set(member.key, member.value);
      }
    }
  }
  return limits;
}

Value complete_value(const manager::Overview& overview, const Kept& kept,
                     const std::optional<manager::Usage>& usage,
                     const std::vector<std::string>& warnings) {
  const auto& condition = overview.condition;
  Value value = cli::to_value(overview);
  const auto& record = condition.record;
  const bool running = record && (condition.state == manager::State::Running ||
                                  condition.state == manager::State::Paused);
  value.set("uptime", running ? Value(std::time(nullptr) - record->since) : Value());
  value.set("restarts", record ? Value(record->restarts) : Value());
  value.set("runningGeneration", running ? Value(record->generation) : Value());
  value.set("reason", text_or_null(condition.reason));
  value.set("lastExit", condition.last ? to_value(*condition.last) : Value());
  value.set("imageId", text_or_null(kept.image_id));
  value.set("declaredIn", text_or_null(kept.file));
  value.set("limits", limits_of(kept.declaration));
  value.set("usage", usage ? cli::to_value(*usage) : Value());
  value.set("warnings", Value::list(warnings));
  value.set("weakenings", Value::list(kept.weakenings));
  value.set("droppedBy", Value::list(kept.dropped_by));
  return value;
}

std::string line_of(const Value& value) {
  if (const auto* items = value.array()) {
    std::string text;
    for (const auto& item : *items) {
      text += cat(text.empty() ? "" : " ", line_of(item));
    }
    return text;
  }
  if (const auto* members = value.members()) {
    std::string text;
    for (const auto& member : *members) {
      const std::string part = line_of(member.value);
      text += part.empty() ? "" : cat(text.empty() ? "" : " ", member.key, "=", part);
    }
    return text;
  }
  const auto* text = value.string();
  return value.is_null() ? "" : text != nullptr ? *text : config::to_toml_value(value);
}

/// KEY: VALUE a line, without what is not there.
std::string to_lines(const Value& value, const std::string& usage) {
  std::string text;
  for (const auto& member : *value.members()) {
    const auto line = member.key == "usage" ? usage : line_of(member.value);
    if (!line.empty()) {
      text += cat(member.key, ": ", line, "\n");
    }
  }
  return text;
}

/// One container's, and its usage as text.
struct Status {
  Value value;
  std::string usage;
};

Result<Status> read_status(const state::Paths& paths, const std::string& name) {
  TRY_ASSIGN(const auto overview, manager::read_overview(paths, name));
  Kept kept;
  if (!overview.spawned) {
    TRY_ASSIGN(kept, read_kept(paths, name));
    kept.dropped_by = manager::tables_that_drop(kept.declaration, paths);
  }
  TRY_ASSIGN(const auto weakenings, manager::audit(paths, name));
  for (const auto& weakening : weakenings) {
    kept.weakenings.push_back(weakening.setting);
  }
  const auto usage = usage_of(overview, paths);
  return Status{.value = complete_value(overview, kept, usage, manager::read_warnings(paths, name)),
                .usage = usage ? cli::to_text(*usage) : std::string()};
}

Result<int> status_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths) {
  Request request;
  TRY_ASSIGN(const auto names, apply_options_anywhere<Request>(kOptions, arguments, request));
  if (request.help) {
    return print(status_help());
  }
  TRY(check_names(names));
  manager::tidy_network(paths);
  Value all = Value::Array();
  std::string text;
  int exit = 0;
  for (const auto& name : names) {
    auto value = read_status(paths, name);
    if (!value) {
      report(std::move(value).error().with("status"));
      exit = kExitFailed;
      continue;
    }
    text += cat(text.empty() ? "" : "\n", to_lines(value->value, value->usage));
    all.push(std::move(value->value));
  }
  TRY_ASSIGN(const int printed, print(request.json ? config::to_json(all) : text));
  return exit != 0 ? exit : printed;
}

}  // namespace

int status(const std::vector<std::string>& arguments, const state::Paths& paths) {
  return finish(status_or_fail(arguments, paths));
}

std::string status_help() {
  return cat(
      "Usage: warren status [--json] NAME…\n"
      "\n"
      "Shows how containers are: state, processes, how the last run ended, limits, and what\n"
      "makes them less of a boundary than they are by default. As JSON it is a list, with times\n"
      "in seconds.\n"
      "\n",
      option_help(shapes(std::span<const Option<Request>>(kOptions))),
      "\nExample: warren status web\n");
}

}  // namespace warren::cli
