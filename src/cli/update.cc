#include "cli/update.h"

#include <array>
#include <cerrno>
#include <ctime>
#include <utility>

#include "base/text.h"
#include "cli/difference.h"
#include "cli/options.h"
#include "cli/progress.h"
#include "cli/verb.h"
#include "cli/wanted.h"
#include "config/declarations.h"
#include "config/json.h"
#include "host/facts.h"
#include "manager/container_directory.h"
#include "manager/listing.h"
#include "manager/update.h"

namespace warren::cli {
namespace {

using Access = manager::ContainerDirectory::Access;
using View = std::string_view;

struct Request {
  Wanted wanted;
  bool json = false;
  bool help = false;
};

constexpr Option<Request> kHelp = {
    "help", 'h', Takes::Nothing, "", "show this text", [](Request& r, View) {
      r.help = true;
      return Result<>();
    }};

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
    kHelp,
});
constexpr auto kRollbackOptions = std::to_array<Option<Request>>({kHelp});
constexpr auto kGenerationsOptions = std::to_array<Option<Request>>({
    {"json", 0, Takes::Nothing, "", "as JSON",
     [](Request& r, View) {
       r.json = true;
       return Result<>();
     }},
    kHelp,
});

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

Result<int> update_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths) {
  Request request;
  TRY_ASSIGN(const auto words, apply_options_anywhere<Request>(kUpdateOptions, arguments, request));
  if (request.help) {
    return print(update_help());
  }
  TRY_ASSIGN(const auto name, only_name(words));
  TRY(host::check_host());
  TRY_ASSIGN(const auto next, read_next(paths, name, request.wanted));
  if (auto checked = check_declaration(next.declaration); !checked) {
    return std::move(checked).error().with(cat("update ", name));
  }
  ProgressLine line;
  auto updated = manager::update(paths, next.declaration, next.file, line.progress(name));
  if (!updated) {
    return std::move(updated).error().with(cat("update ", name));
  }
  if (!updated->difference.any()) {
    return print(cat(name, ": nothing to change\n"));
  }
  return print(cat("update ", name, ": ", to_text(updated->difference), "\n", name, ": generation ",
                   updated->generation, words_for(updated->outcome), "\n"));
}

Result<int> rollback_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths) {
  Request request;
  TRY_ASSIGN(auto words, apply_options_anywhere<Request>(kRollbackOptions, arguments, request));
  if (request.help) {
    return print(rollback_help());
  }
  std::optional<unsigned> number;
  if (words.size() == 2) {
    number = parse_number<unsigned>(words[1]);
    if (!number) {
      return Error::because("rollback", words[1], "it is the number of a generation")
          .advise(cat("see warren generations ", words[0]));
    }
    words.pop_back();
  }
  TRY_ASSIGN(const auto name, only_name(words));
  TRY(host::check_host());
  auto now = manager::roll_back(paths, name, number);
  if (!now) {
    return std::move(now).error().with("rollback");
  }
  return print(cat(name, ": generation ", *now, "\n"));
}

std::string local_time(std::int64_t seconds) {
  const std::time_t time = seconds;
  std::tm parts = {};
  std::array<char, 32> text{};
  ::localtime_r(&time, &parts);
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts)};
}

Result<int> list_generations(const state::Paths& paths, const std::string& name, bool json) {
  TRY_ASSIGN(const auto directory, manager::ContainerDirectory::open(paths, name, Access::Read));
  TRY_ASSIGN(const auto current, directory.current());
  TRY_ASSIGN(const auto numbers, directory.generations());
  config::Value list = config::Value::Array();
  std::string text;
  for (const unsigned number : numbers) {
    TRY_ASSIGN(const auto texts, directory.read(number));
    TRY_ASSIGN(const auto time, directory.time_of(number));
    list.push(config::Value::table({{"generation", number},
                                    {"current", number == current},
                                    {"created", time},
                                    {"image", manager::parse_listing(texts.listing).image},
                                    {"imageId", texts.image}}));
    text += cat(number == current ? "* " : "  ", number, "  ", local_time(time), "  ",
                manager::parse_listing(texts.listing).image, "  ", texts.image, "\n");
  }
  return print(json ? config::to_json(list) : text);
}

Result<int> generations_or_fail(const std::vector<std::string>& arguments,
                                const state::Paths& paths) {
  Request request;
  TRY_ASSIGN(const auto words,
             apply_options_anywhere<Request>(kGenerationsOptions, arguments, request));
  if (request.help) {
    return print(generations_help());
  }
  TRY_ASSIGN(const auto name, only_name(words));
  auto listed = list_generations(paths, name, request.json);
  return listed ? std::move(listed) : std::move(listed).error().with("generations");
}

}  // namespace

int update(const std::vector<std::string>& arguments, const state::Paths& paths) {
  return finish(update_or_fail(arguments, paths));
}
int rollback(const std::vector<std::string>& arguments, const state::Paths& paths) {
  return finish(rollback_or_fail(arguments, paths));
}
int generations(const std::vector<std::string>& arguments, const state::Paths& paths) {
  return finish(generations_or_fail(arguments, paths));
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

std::string rollback_help() {
  return cat(
      "Usage: warren rollback NAME [GENERATION]\n"
      "\n"
      "Goes back to an earlier generation, the last one before the current one unless named,\n"
      "and changes what runs, by a restart if need be. What the container has written stays.\n"
      "\n",
      option_help(shapes(std::span<const Option<Request>>(kRollbackOptions))),
      "\nExample: warren rollback web 3\n");
}

std::string generations_help() {
  return cat(
      "Usage: warren generations [--json] NAME\n"
      "\n"
      "Lists the generations of a container, the current one with a star.\n"
      "\n",
      option_help(shapes(std::span<const Option<Request>>(kGenerationsOptions))),
      "\nExample: warren generations web\n");
}

}  // namespace warren::cli
