#include "cli/update.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "cli/difference.h"
#include "cli/log_text.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/report.h"
#include "cli/verb.h"
#include "cli/wanted.h"
#include "config/declarations.h"
#include "host/facts.h"
#include "manager/container_directory.h"
#include "manager/declaration_files.h"
#include "manager/runnable.h"
#include "manager/update.h"

namespace warren::cli {
namespace {

using Access = manager::ContainerDirectory::Access;
using View = std::string_view;

struct Request {
  Wanted wanted;
  bool help = false;
};

constexpr auto kUpdateOptions = std::to_array<Option<Request>>({
    {"config", 'c', Takes::Value, "FILE", "a file that declares it",
     [](Request& r, View v) {
       r.wanted.config = v;
       return Result<>();
     }},
    {"image", 'i', Takes::Value, "IMAGE", "another image",
     [](Request& r, View v) {
       r.wanted.image = v;
       return Result<>();
     }},
    {"set", 's', Takes::Value, "KEY=VALUE", "a key of the declaration, as limits.memory=1G",
     [](Request& r, View v) {
       r.wanted.settings.emplace_back(v);
       return Result<>();
     }},
    kHelpOption<Request>,
});
constexpr auto kSetOptions = std::to_array<Option<Request>>({kHelpOption<Request>});

/// What the container is now.
struct Present {
  spec::Declaration declaration;
  std::string file;
};

Result<Present> read_present(const state::Paths& paths, const std::string& name) {
  TRY_ASSIGN(const auto directory, manager::ContainerDirectory::open(paths, name, Access::Read));
  TRY_ASSIGN(const auto current, directory.current());
  TRY_ASSIGN(const auto texts, directory.read(current));
  TRY_ASSIGN(auto declaration, config::declaration_from_json(texts.declaration, name));
  return Present{.declaration = std::move(declaration), .file = directory.declared()};
}

/// Without options: what its file declares now, or, where it has none, the same once more, of what
/// its image is now.
Result<Found> read_next(const state::Paths& paths, const std::string& name, const Wanted& wanted) {
  TRY_ASSIGN(const auto present, read_present(paths, name));
  if (wanted.nothing() && !present.file.empty()) {
    return find_declared(paths, name);
  }
  TRY_ASSIGN(auto declaration, read_wanted(name, wanted, &present.declaration));
  return Found{.declaration = std::move(declaration), .file = {}};
}

std::string_view words_for(manager::Outcome outcome) {
  constexpr auto kWords = std::to_array<std::string_view>(
      {"", ", changed live", ", restarted", ", not restarted: restartIfChanged is false"});
  return kWords[static_cast<std::size_t>(outcome)];
}

/// Updates the container as `verb`, and says what that was.
Result<int> update_and_tell(const state::Paths& paths, const Found& next, std::string_view verb) {
  const std::string& name = next.declaration.name;
  if (auto checked = check_declaration(paths, next.declaration); !checked) {
    return std::move(checked).error().with(cat(verb, " ", name));
  }
  LogEnd end;
  auto updated = [&] {
    ProgressLine line;
    return manager::update(paths, next.declaration, next.file, line.progress(name),
                           [&] { end.take(manager::log_of(paths, name)); });
  }();
  if (!updated) {
    report(std::move(updated).error().with(cat(verb, " ", name)));
    end.say();
    return kExitFailed;
  }
  if (!updated->difference.any()) {
    return print(cat(name, updated->outcome == manager::Outcome::Restarted
                               ? ": started again\n"
                               : ": nothing to change\n"));
  }
  return print(cat(verb, " ", name, ": ", to_text(updated->difference), "\n", name, ": generation ",
                   updated->generation, words_for(updated->outcome), "\n"));
}

Result<int> update_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths) {
  Request request;
  TRY_ASSIGN(const auto words, apply_options_anywhere<Request>(kUpdateOptions, arguments, request));
  if (request.help) {
    return print(update_help());
  }
  TRY_ASSIGN(const auto name, only_name(words));
  TRY(host::check_host());
  TRY_ASSIGN(const auto next, read_next(paths, name, request.wanted));
  return update_and_tell(paths, next, "update");
}

Result<int> set_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths) {
  Request request;
  TRY_ASSIGN(auto words, apply_options_anywhere<Request>(kSetOptions, arguments, request));
  if (request.help) {
    return print(set_help());
  }
  if (words.size() == 1) {
    return Error::because("set", words[0], "what to set is missing: KEY=VALUE")
        .advise(cat("see warren show ", words[0]));
  }
  request.wanted.settings.assign(words.begin() + (words.empty() ? 0 : 1), words.end());
  words.resize(std::min<std::size_t>(words.size(), 1));
  TRY_ASSIGN(const auto name, only_name(words));
  TRY(host::check_host());
  auto present = read_present(paths, name);
  if (!present) {
    return std::move(present).error().with("set");
  }
  if (manager::still_declares(present->file, name)) {
    return Error::because("set", name, cat("it is declared in ", present->file))
        .advise(cat("change it there, then warren update ", name));
  }
  TRY_ASSIGN(auto declaration, read_wanted(name, request.wanted, &present->declaration));
  return update_and_tell(paths, {.declaration = std::move(declaration), .file = {}}, "set");
}

}  // namespace

int update(const std::vector<std::string>& arguments, const state::Paths& paths) {
  return finish(update_or_fail(arguments, paths));
}
int set(const std::vector<std::string>& arguments, const state::Paths& paths) {
  return finish(set_or_fail(arguments, paths));
}

std::string update_help() {
  return cat(
      "Usage: warren update [OPTION…] NAME\n"
      "\n"
      "Makes the next generation of a container: of what is declared now, or, with options,\n"
      "of what it is with these changes. One that runs is changed as it runs, and restarted only\n"
      "where that is needed; when it does not get ready, the old generation is started again.\n"
      "\n",
      option_help(shapes(std::span<const Option<Request>>(kUpdateOptions))),
      "\nExample: warren update web --set limits.memory=1G\n");
}

std::string set_help() {
  return cat(
      "Usage: warren set NAME KEY=VALUE…\n"
      "\n"
      "Changes what a container is that was made by hand: the same as warren update with --set.\n"
      "One that is declared in a file is changed there.\n"
      "\n",
      option_help(shapes(std::span<const Option<Request>>(kSetOptions))),
      "\nExample: warren set web limits.memory=1G autoStart=true\n");
}

}  // namespace warren::cli
