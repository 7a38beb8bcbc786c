#include "cli/declarations.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "base/text.h"
#include "cli/options.h"
#include "cli/report.h"
#include "config/json.h"
#include "config/schema.h"
#include "config/toml.h"
#include "kernel/file.h"
#include "manager/declaration_files.h"

namespace warren::cli {
namespace {

constexpr int kExitMistakes = 1;

struct Request {
  bool json = false;
  bool help = false;
};

constexpr Option<Request> kHelp = {.name = "help",
                                   .letter = 'h',
                                   .help = "show this text",
                                   .apply = [](Request& r, std::string_view) {
                                     r.help = true;
                                     return Result<>();
                                   }};

constexpr auto kCheckOptions = std::to_array<Option<Request>>({kHelp});
constexpr auto kShowOptions = std::to_array<Option<Request>>({
    {.name = "json",
     .help = "JSON instead of TOML",
     .apply =
         [](Request& r, std::string_view) {
           r.json = true;
           return Result<>();
         }},
    kHelp,
});

/// Options may stand behind the words too.
Result<std::vector<std::string>> read_arguments(std::span<const Option<Request>> table,
                                                std::vector<std::string> arguments,
                                                Request& request) {
  std::vector<std::string> words;
  while (true) {
    TRY_ASSIGN(arguments, apply_options(table, arguments, request));
    if (arguments.empty()) {
      return words;
    }
    words.push_back(std::move(arguments.front()));
    arguments.erase(arguments.begin());
  }
}

Result<int> print(std::string_view text) {
  TRY(kernel::write_all(STDOUT_FILENO, text, "standard output"));
  return 0;
}

Result<int> check_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths) {
  Request request;
  TRY_ASSIGN(const auto names, read_arguments(kCheckOptions, arguments, request));
  if (request.help) {
    return print(check_help());
  }
  const auto loaded = manager::load_declarations(
      names.empty() ? manager::read_declaration_files(paths) : manager::read_named_files(names));
  if (!loaded.problems.empty()) {
    report_problems(loaded.problems);
    return kExitMistakes;
  }
  const auto count = loaded.declarations.size();
  return print(cat(count, count == 1 ? " container: fine\n" : " containers: fine\n"));
}

/// Those of `names`, in their order.
Result<std::vector<spec::Declaration>> choose(const config::Loaded& loaded,
                                              const std::vector<std::string>& names) {
  std::vector<spec::Declaration> chosen;
  for (const auto& name : names) {
    const auto found = std::ranges::find(loaded.declarations, name, &spec::Declaration::name);
    if (found != loaded.declarations.end()) {
      chosen.push_back(*found);
      continue;
    }
    for (const auto& problem : loaded.problems) {
      if (problem.container == name) {
        return Error::because("show", name, "its declaration has a mistake");
      }
    }
    std::vector<std::string_view> known;
    std::ranges::transform(loaded.declarations, std::back_inserter(known),
                           &spec::Declaration::name);
    const auto close = nearest(name, known);
    Error error = Error::because("show", name, "no such container is declared");
    return close.empty() ? error : std::move(error).advise(cat("did you mean ", close, "?"));
  }
  return chosen;
}

Result<int> show_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths) {
  Request request;
  TRY_ASSIGN(const auto names, read_arguments(kShowOptions, arguments, request));
  if (request.help) {
    return print(show_help());
  }
  const auto loaded = manager::load_declarations(manager::read_declaration_files(paths));
  report_problems(loaded.problems);
  std::vector<spec::Declaration> chosen = loaded.declarations;
  if (!names.empty()) {
    TRY_ASSIGN(chosen, choose(loaded, names));
  }
  const config::Value document = config::to_document(chosen);
  TRY_ASSIGN(const int done,
             print(request.json ? config::to_json(document) : config::to_toml(document)));
  return names.empty() && !loaded.problems.empty() ? kExitMistakes : done;
}

int finish(Result<int> status) {
  if (!status) {
    report(std::move(status).error());
    return kExitFailed;
  }
  return *status;
}

}  // namespace

void report_problems(const config::Problems& problems) {
  std::set<std::string> told;  // a template's mistake is one of all that inherit it
  for (const auto& problem : problems) {
    if (auto line = problem.text(); told.insert(line).second) {
      say(line);
    }
  }
}

int check(const std::vector<std::string>& arguments, const state::Paths& paths) {
  return finish(check_or_fail(arguments, paths));
}

int show(const std::vector<std::string>& arguments, const state::Paths& paths) {
  return finish(show_or_fail(arguments, paths));
}

std::string check_help() {
  return cat(
      "Usage: warren check [FILE | DIRECTORY | -]…\n"
      "\n"
      "Reads declarations and says what is wrong with them, one mistake a line, as\n"
      "FILE:LINE:COLUMN: message. Without arguments those of the host: /etc/warren,\n"
      "/run/warren, /usr/lib/warren. TOML, or JSON in files *.json and where it begins\n"
      "with {. The exit status is 1 when there are mistakes.\n"
      "\n",
      option_help(shapes(std::span<const Option<Request>>(kCheckOptions))),
      "\nExample: nix-instantiate --eval --json --strict web.nix | warren check -\n");
}

std::string show_help() {
  return cat(
      "Usage: warren show [OPTION…] [NAME…]\n"
      "\n"
      "Prints declared containers, all of them unless named: templates merged in and\n"
      "every default filled in. The output is a declaration again.\n"
      "\n",
      option_help(shapes(std::span<const Option<Request>>(kShowOptions))),
      "\nExample: warren show --json web\n");
}

}  // namespace warren::cli
