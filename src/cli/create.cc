#include "cli/create.h"

#include <array>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "cli/log_text.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/verb.h"
#include "cli/wanted.h"
#include "host/facts.h"
#include "manager/create.h"
#include "manager/runnable.h"
#include "manager/verbs.h"

namespace warren::cli {
namespace {

using View = std::string_view;

struct Request {
  Wanted wanted;
  bool unique = false;
  bool start = false;
  bool help = false;
};

constexpr auto kOptions = std::to_array<Option<Request>>({
    {"image", 'i', Takes::Value, "IMAGE", "busybox, debian[:SUITE], directory:PATH, archive:PATH …",
     [](Request& r, View v) {
       r.wanted.image = v;
       return Result<>();
     }},
    {"config", 'c', Takes::Value, "FILE", "a file that declares it",
     [](Request& r, View v) {
       r.wanted.config = v;
       return Result<>();
     }},
    {"set", 's', Takes::Value, "KEY=VALUE", "a key of the declaration, as limits.memory=1G",
     [](Request& r, View v) {
       r.wanted.settings.emplace_back(v);
       return Result<>();
     }},
    {"ensure-unique-name", 0, Takes::Nothing, "", "take NAME-0, NAME-1 … and print which",
     [](Request& r, View) {
       r.unique = true;
       return Result<>();
     }},
    {"start", 0, Takes::Nothing, "", "start it; when that fails nothing is left",
     [](Request& r, View) {
       r.start = true;
       return Result<>();
     }},
    kHelpOption<Request>,
});

/// Under the first free one of NAME-0, NAME-1 …
Result<> create_unique(const state::Paths& paths, spec::Declaration& declaration,
                       const image::Progress& progress) {
  const std::string stem = declaration.name;
  constexpr int kMost = 100'000;
  for (int i = 0; i < kMost; ++i) {
    declaration.name = cat(stem, "-", i);
    TRY(check_name(declaration.name));
    auto made = manager::create(paths, declaration, {}, progress);
    if (made || (made.error().code != EEXIST && made.error().code != EBUSY)) {
      return made;
    }
  }
  return Error::because("create", stem, "all its names are taken");
}

/// From what the command line says, or, where that says nothing, what is declared.
Result<Found> read_declaration(const state::Paths& paths, const std::string& name,
                               const Wanted& wanted) {
  if (wanted.nothing()) {
    auto found = find_declared(paths, name);
    return found ? std::move(found)
                 : std::move(found).error().advise("say what it is made of: --image busybox");
  }
  TRY_ASSIGN(auto declaration, read_wanted(name, wanted, nullptr));
  return Found{.declaration = std::move(declaration), .file = {}};
}

Result<int> create_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths) {
  Request request;
  TRY_ASSIGN(const auto words, apply_options_anywhere<Request>(kOptions, arguments, request));
  if (request.help) {
    return print(create_help());
  }
  TRY_ASSIGN(std::string name, only_name(words));
  TRY(host::check_host());
  TRY_ASSIGN(auto found, read_declaration(paths, name, request.wanted));
  if (auto checked = check_declaration(paths, found.declaration); !checked) {
    return std::move(checked).error().with(cat("create ", name));
  }
  {
    ProgressLine line;
    const auto progress = line.progress(name);
    auto made = request.unique ? create_unique(paths, found.declaration, progress)
                               : manager::create(paths, found.declaration, found.file, progress);
    if (!made) {
      return std::move(made).error().with("create");
    }
  }
  name = found.declaration.name;
  if (request.start) {
    if (auto started = manager::start(paths, name); !started) {
      LogEnd end;
      end.take(manager::log_of(paths, name));
      (void)manager::destroy(paths, name, manager::Destroys::Declared);
      report(std::move(started).error().with(cat("create: start ", name)));
      end.say();
      return kExitFailed;
    }
  }
  return request.unique ? print(name + "\n") : Result<int>(0);
}

}  // namespace

int create(const std::vector<std::string>& arguments, const state::Paths& paths) {
  return finish(create_or_fail(arguments, paths));
}

std::string create_help() {
  return cat(
      "Usage: warren create [OPTION…] NAME\n"
      "\n"
      "Makes a container: of what the options say, or, without any, of what is declared.\n"
      "Its image is built when it is not there yet.\n"
      "\n",
      option_help(shapes(std::span<const Option<Request>>(kOptions))),
      "\nExample: warren create web --image debian:bookworm --set privateNetwork=true --start\n");
}

}  // namespace warren::cli
