#include <array>
#include <ctime>
#include <optional>
#include <utility>

#include "base/text.h"
#include "cli/list.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/verb.h"
#include "config/declarations.h"
#include "config/json.h"
#include "config/schema.h"
#include "config/toml.h"
#include "manager/audit.h"
#include "manager/container_directory.h"
#include "manager/published.h"

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
      if (!member.value.is_null() && member.key != "required") {
        limits.set(member.key, member.value);
      }
    }
  }
  return limits;
}

Value complete_value(const manager::Overview& overview, const Kept& kept) {
  const auto& condition = overview.condition;
  Value value = cli::to_value(overview);
  const auto& record = condition.record;
  const bool running = record && condition.state == manager::State::Running;
  value.set("uptime", running ? Value(std::time(nullptr) - record->since) : Value());
  value.set("restarts", record ? Value(record->restarts) : Value());
  value.set("runningGeneration", running ? Value(record->generation) : Value());
  value.set("reason", text_or_null(condition.reason));
  value.set("lastExit", condition.last ? to_value(*condition.last) : Value());
  value.set("imageId", text_or_null(kept.image_id));
  value.set("declaredIn", text_or_null(kept.file));
  value.set("limits", limits_of(kept.declaration));
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
std::string to_lines(const Value& value) {
  std::string text;
  for (const auto& member : *value.members()) {
    if (const auto line = line_of(member.value); !line.empty()) {
      text += cat(member.key, ": ", line, "\n");
    }
  }
  return text;
}

Result<Value> read_status(const state::Paths& paths, const std::string& name) {
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
  return complete_value(overview, kept);
}

Result<int> status_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths) {
  Request request;
  TRY_ASSIGN(const auto names, apply_options_anywhere<Request>(kOptions, arguments, request));
  if (request.help) {
    return print(status_help());
  }
  TRY(check_names(names));
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
    text += cat(text.empty() ? "" : "\n", to_lines(*value));
    all.push(*std::move(value));
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
