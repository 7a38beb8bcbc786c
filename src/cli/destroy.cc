#include <array>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "cli/at_once.h"
#include "cli/create.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/verb.h"
#include "manager/create.h"

namespace warren::cli {
namespace {

struct Request {
  bool if_exists = false;
  bool help = false;
};

constexpr auto kOptions = std::to_array<Option<Request>>({
    {"if-exists", 0, Takes::Nothing, "", "one that is not there is no mistake",
     [](Request& r, std::string_view) {
       r.if_exists = true;
       return Result<>();
     }},
    kHelpOption<Request>,
});

Result<int> destroy_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths) {
  Request request;
  TRY_ASSIGN(const auto names, apply_options_anywhere<Request>(kOptions, arguments, request));
  if (request.help) {
    return print(destroy_help());
  }
  TRY(check_names(names));
  const bool well = for_each_at_once(names, [&](const std::string& name) {
    auto done = manager::destroy(paths, name, manager::Destroys::Imperative);
    if (done ||
        (request.if_exists && done.error().code == ENOENT && done.error().subject == name)) {
      return 0;
    }
    report(std::move(done).error().with("destroy"));
    return kExitFailed;
  });
  return well ? 0 : kExitFailed;
}

}  // namespace

int destroy(const std::vector<std::string>& arguments, const state::Paths& paths) {
  return finish(destroy_or_fail(arguments, paths));
}

std::string destroy_help() {
  return cat(
      "Usage: warren destroy [--if-exists] NAME…\n"
      "\n"
      "Ends containers and removes all that was made for them. One that is declared is refused:\n"
      "take it out of its file first. What something is mounted in is refused too.\n"
      "\n",
      option_help(shapes(std::span<const Option<Request>>(kOptions))),
      "\nExample: warren destroy web\n");
}

}  // namespace warren::cli
