#include "cli/apply.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "cli/at_once.h"
#include "cli/declarations.h"
#include "cli/difference.h"
#include "cli/life.h"
#include "cli/log_text.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/verb.h"
#include "cli/wanted.h"
#include "host/facts.h"
#include "manager/apply.h"
#include "manager/declaration_files.h"
#include "manager/overview.h"
#include "manager/runnable.h"

namespace warren::cli {
namespace {

using manager::Work;

struct Request {
  bool dry_run = false;
  bool prune = false;
  bool help = false;
};

constexpr auto kApplyOptions = std::to_array<Option<Request>>({
    {"dry-run", 'n', Takes::Nothing, "", "only say what would be done",
     [](Request& r, std::string_view) {
       r.dry_run = true;
       return Result<>();
     }},
    {"prune", 0, Takes::Nothing, "", "destroy what is not declared any more",
     [](Request& r, std::string_view) {
       r.prune = true;
       return Result<>();
     }},
    kHelpOption<Request>,
});
constexpr auto kUpOptions = std::to_array<Option<Request>>({kHelpOption<Request>});

/// A line for each thing that is done.
std::string to_lines(const Work& work) {
  std::string text;
  switch (work.kind) {
    case Work::Kind::Create:
      text = cat("create ", work.name, "\n");
      break;
    case Work::Kind::Update:
      text = cat("update ", work.name, ": ", to_text(work.difference), "\n");
      break;
    case Work::Kind::Destroy:
      text = cat("destroy ", work.name, "\n");
      break;
    case Work::Kind::Refuse:  // said as the error that it is
    case Work::Kind::Nothing:
      break;
  }
  return work.start ? cat(text, "start ", work.name, "\n") : text;
}

const char* verb_of(Work::Kind kind) {
  constexpr auto kVerbs =
      std::to_array<const char*>({"start", "create", "update", "destroy", "apply"});
  return kVerbs[static_cast<std::size_t>(kind)];
}

Result<> carry_out(const state::Paths& paths, const Work& work, LogEnd& end) {
  if (work.kind == Work::Kind::Create || work.kind == Work::Kind::Update) {
    TRY(check_declaration(paths, work.declaration));
  }
  ProgressLine line;
  return manager::carry_out(paths, work, line.progress(work.name),
                            [&] { end.take(manager::log_of(paths, work.name)); });
}

int do_work(const state::Paths& paths, const Work& work) {
  LogEnd end;
  if (auto done = carry_out(paths, work, end); !done) {
    Error error = std::move(done).error();
    const std::string what = verb_of(work.kind);
    report(std::move(error).with(error.subject == work.name ? what : cat(what, " ", work.name)));
    end.say();
    return kExitFailed;
  }
  return work.start ? start_and_tell(paths, work.name) : 0;
}

Result<int> apply_loaded(const Request& request, const config::Loaded& loaded,
                         const state::Paths& paths) {
  TRY_ASSIGN(const auto all, manager::find_work(paths, loaded, request.prune));
  std::string text;
  std::vector<std::string> names;
  for (const auto& work : all) {
    text += to_lines(work);
    names.push_back(work.name);
  }
  TRY_ASSIGN(int exit, print(text));
  if (request.prune && !loaded.problems.empty()) {
    say("warren: nothing is destroyed as long as there are mistakes");
  }
  const auto act = [&](const std::string& name) {
    const auto& work = *std::ranges::lower_bound(all, name, {}, &Work::name);
    if (request.dry_run && work.kind != Work::Kind::Refuse) {
      return 0;
    }
    return do_work(paths, work);
  };
  if (!for_each_at_once(names, act) || !loaded.problems.empty()) {
    exit = kExitFailed;
  }
  return exit;
}

Result<int> apply_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths) {
  Request request;
  TRY_ASSIGN(const auto names, apply_options_anywhere<Request>(kApplyOptions, arguments, request));
  if (request.help) {
    return print(apply_help());
  }
  if (request.prune && !names.empty()) {
    return Error::because("apply", "--prune", "what other files declare would be destroyed")
        .advise("leave out the files");
  }
  TRY(host::check_host());
  const auto loaded = manager::load_declarations(
      names.empty() ? manager::read_declaration_files(paths) : manager::read_named_files(names));
  report_problems(loaded.problems);
  return apply_loaded(request, loaded, paths);
}

Result<int> up_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths) {
  Request request;
  TRY_ASSIGN(const auto words, apply_options_anywhere<Request>(kUpOptions, arguments, request));
  if (request.help) {
    return print(up_help());
  }
  if (!words.empty()) {
    return Error::because("up", words.front(), "there is an argument too many")
        .advise(cat("see warren start ", words.front()));
  }
  TRY(host::check_host());
  TRY_ASSIGN(const auto overviews, manager::read_overviews(paths));
  std::vector<std::string> names;
  for (const auto& overview : overviews) {
    using manager::State;
    const State state = overview.condition.state;
    if (overview.listing.auto_start && (state == State::Stopped || state == State::Failed)) {
      names.push_back(overview.name);
    }
  }
  const bool well =
      for_each_at_once(names, [&](const std::string& name) { return start_and_tell(paths, name); });
  return well ? 0 : kExitFailed;
}

}  // namespace

int apply(const std::vector<std::string>& arguments, const state::Paths& paths) {
  return finish(apply_or_fail(arguments, paths));
}

int up(const std::vector<std::string>& arguments, const state::Paths& paths) {
  return finish(up_or_fail(arguments, paths));
}

std::string apply_help() {
  return cat(
      "Usage: warren apply [OPTION…] [FILE | DIRECTORY | -]…\n"
      "\n"
      "Makes the host's containers what is declared, by default in /etc/warren, /run/warren\n"
      "and /usr/lib/warren: creates and updates them, and starts those with autoStart. Says\n"
      "what it does, a line each, with the keys that are changed live and those that need a\n"
      "restart, and does nothing when nothing differs. An update that does not get ready is\n"
      "taken back. The exit status is 125 when anything failed.\n"
      "\n",
      option_help(shapes(std::span<const Option<Request>>(kApplyOptions))),
      "\nExample: warren apply --dry-run --prune\n");
}

std::string up_help() {
  return cat(
      "Usage: warren up\n"
      "\n"
      "Starts all containers with autoStart that do not run.\n"
      "\n",
      option_help(shapes(std::span<const Option<Request>>(kUpOptions))), "\nExample: warren up\n");
}

}  // namespace warren::cli
