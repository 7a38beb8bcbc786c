#include "cli/list.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "cli/options.h"
#include "cli/verb.h"
#include "config/json.h"
#include "manager/hold.h"

namespace warren::cli {
namespace {

struct Request {
  bool json = false;
  bool help = false;
};

constexpr auto kOptions =
    std::to_array<Option<Request>>({kJsonOption<Request>, kHelpOption<Request>});

constexpr std::size_t kColumns = 7;
using Row = std::array<std::string, kColumns>;

std::string or_dash(std::string text) { return text.empty() ? "-" : std::move(text); }

Row to_row(const manager::Overview& overview) {
  const auto& listing = overview.listing;
  return {overview.name,
          manager::name_of(overview.condition.state),
          overview.leader != 0 ? std::to_string(overview.leader) : "-",
          or_dash(listing.image),
          listing.generation != 0 ? std::to_string(listing.generation) : "-",
          overview.spawned     ? "-"
          : listing.auto_start ? "yes"
                               : "no",
          or_dash(join(listing.addresses, ","))};
}

std::string to_table(const std::vector<manager::Overview>& overviews) {
  std::vector<Row> rows = {{"NAME", "STATE", "LEADER", "IMAGE", "GEN", "AUTOSTART", "ADDRESSES"}};
  std::ranges::transform(overviews, std::back_inserter(rows), to_row);
  std::array<std::size_t, kColumns> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      widths.at(i) = std::max(widths.at(i), row.at(i).size());
    }
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 1 < kColumns; ++i) {
      text += row.at(i);
      text.append(widths.at(i) + 2 - row.at(i).size(), ' ');
    }
    text += cat(row.back(), "\n");
  }
  return text;
}

config::Value process_id(pid_t pid) { return pid != 0 ? config::Value(pid) : config::Value(); }

Result<int> list_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths) {
  Request request;
  TRY_ASSIGN(const auto words, apply_options_anywhere<Request>(kOptions, arguments, request));
  if (request.help) {
    return print(list_help());
  }
  if (!words.empty()) {
    return Error::because("list", words.front(), "there is an argument too many")
        .advise(cat("see warren status ", words.front()));
  }
  manager::tidy_network(paths);
  TRY_ASSIGN(const auto overviews, manager::read_overviews(paths));
  if (!request.json) {
    return print(to_table(overviews));
  }
  config::Value all = config::Value::Array();
  for (const auto& overview : overviews) {
    all.push(to_value(overview));
  }
  return print(config::to_json(all));
}

}  // namespace

config::Value to_value(const manager::Overview& overview) {
  const auto& condition = overview.condition;
  const auto& listing = overview.listing;
  const bool has_monitor = condition.record && condition.state != manager::State::Failed;
  return config::Value::table(
      {{"name", overview.name},
       {"state", manager::name_of(condition.state)},
       {"leader", process_id(overview.leader)},
       {"monitor", process_id(has_monitor ? condition.record->monitor : 0)},
       {"addresses", config::Value::list(listing.addresses)},
       {"image", listing.image.empty() ? config::Value() : config::Value(listing.image)},
       {"generation",
        listing.generation != 0 ? config::Value(listing.generation) : config::Value()},
       {"autoStart", listing.auto_start}});
}

int list(const std::vector<std::string>& arguments, const state::Paths& paths) {
  return finish(list_or_fail(arguments, paths));
}

std::string list_help() {
  return cat(
      "Usage: warren list [--json]\n"
      "\n"
      "Lists all containers: those that are declared or were created, and those that\n"
      "warren spawn runs.\n"
      "\n",
      option_help(shapes(std::span<const Option<Request>>(kOptions))), "\nExample: warren list\n");
}

}  // namespace warren::cli
