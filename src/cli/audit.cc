#include "cli/audit.h"

#include <array>
#include <utility>

#include "base/text.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/verb.h"
#include "config/json.h"
#include "manager/audit.h"

namespace warren::cli {
namespace {

using config::Value;
using Weakenings = std::vector<manager::Weakening>;

struct Request {
  bool json = false;
  bool help = false;
};

constexpr auto kOptions = std::to_array<Option<Request>>({
    {"json", 0, Takes::Nothing, "", "as JSON: a list",
     [](Request& r, std::string_view) {
       r.json = true;
       return Result<>();
     }},
    {"help", 'h', Takes::Nothing, "", "show this text",
     [](Request& r, std::string_view) {
       r.help = true;
       return Result<>();
     }},
});

std::string to_text(const std::string& name, const Weakenings& found) {
  if (found.empty()) {
    return cat(name, ": nothing weakens it\n");
  }
  std::string text = cat(name, ":\n");
  for (const auto& [setting, consequence] : found) {
    text += cat("  ", setting, "\n      ", consequence, "\n");
  }
  return text;
}

Value to_value(const std::string& name, const Weakenings& found) {
  Value list = Value::Array();
  for (const auto& [setting, consequence] : found) {
    list.push(Value::table({{"setting", setting}, {"consequence", consequence}}));
  }
  return Value::table({{"name", name}, {"weakenings", std::move(list)}});
}

Result<int> audit_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths) {
  Request request;
  TRY_ASSIGN(const auto names, apply_options_anywhere<Request>(kOptions, arguments, request));
  if (request.help) {
    return print(audit_help());
  }
  TRY(check_names(names));
  Value all = Value::Array();
  std::string text;
  int exit = 0;
  for (const auto& name : names) {
    auto found = manager::audit(paths, name);
    if (!found) {
      report(std::move(found).error().with("audit"));
      exit = kExitFailed;
      continue;
    }
    all.push(to_value(name, *found));
    text += to_text(name, *found);
  }
  TRY_ASSIGN(const int printed, print(request.json ? config::to_json(all) : text));
  return exit != 0 ? exit : printed;
}

}  // namespace

int audit(const std::vector<std::string>& arguments, const state::Paths& paths) {
  return finish(audit_or_fail(arguments, paths));
}

std::string audit_help() {
  return cat(
      "Usage: warren audit [--json] NAME…\n"
      "\n"
      "Lists what makes containers less of a boundary than they are by default, and what each of\n"
      "these means. docs/SECURITY.md has what holds otherwise.\n"
      "\n",
      option_help(shapes(std::span<const Option<Request>>(kOptions))),
      "\nExample: warren audit web\n");
}

}  // namespace warren::cli
