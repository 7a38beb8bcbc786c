#include "cli/generations.h"

#include <array>
#include <ctime>
#include <optional>
#include <utility>

#include "base/text.h"
#include "cli/log_text.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/verb.h"
#include "config/json.h"
#include "host/facts.h"
#include "manager/container_directory.h"
#include "manager/listing.h"
#include "manager/runnable.h"
#include "manager/update.h"

namespace warren::cli {
namespace {

using Access = manager::ContainerDirectory::Access;

struct Request {
  bool json = false;
  bool help = false;
};

constexpr auto kRollbackOptions = std::to_array<Option<Request>>({kHelpOption<Request>});
constexpr auto kGenerationsOptions =
    std::to_array<Option<Request>>({kJsonOption<Request>, kHelpOption<Request>});

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
  LogEnd end;
  auto now =
      manager::roll_back(paths, name, number, [&] { end.take(manager::log_of(paths, name)); });
  if (!now) {
    report(std::move(now).error().with("rollback"));
    end.say();
    return kExitFailed;
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

int rollback(const std::vector<std::string>& arguments, const state::Paths& paths) {
  return finish(rollback_or_fail(arguments, paths));
}
int generations(const std::vector<std::string>& arguments, const state::Paths& paths) {
  return finish(generations_or_fail(arguments, paths));
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
      "Lists the generations of a container, the current one with a star. The ten newest are\n"
      "kept, the current one, and the one that runs.\n"
      "\n",
      option_help(shapes(std::span<const Option<Request>>(kGenerationsOptions))),
      "\nExample: warren generations web\n");
}

}  // namespace warren::cli
