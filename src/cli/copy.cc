#include "cli/copy.h"

#include <unistd.h>

#include <utility>

#include "base/text.h"
#include "cli/report.h"
#include "config/values.h"
#include "host/facts.h"
#include "manager/copy.h"
#include "manager/running.h"

namespace warren::cli {
namespace {

using Copy = Result<> (*)(const manager::Running&, const std::string&, const std::string&,
                          const manager::Skipped&);

Result<> copy_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths,
                      Copy copy) {
  if (arguments.size() != 3) {
    return Error::because("", "", "it takes the container's name, a source and a target");
  }
  TRY_ASSIGN(const auto name, config::parse_name(arguments[0]));
  TRY(host::check_host());
  TRY_ASSIGN(const auto running, manager::find_running(paths, name));
  auto copied = copy(running, arguments[1], arguments[2], [](const std::string& skipped) {
    say(cat("warren: ", skipped, ": neither file, directory nor link: left out"));
  });
  return copied ? std::move(copied) : manager::reason_of(running, std::move(copied).error());
}

int run_copy(const std::vector<std::string>& arguments, const state::Paths& paths, Copy copy,
             const std::string& help, const char* verb) {
  if (!arguments.empty() && (arguments[0] == "-h" || arguments[0] == "--help")) {
    return ::write(STDOUT_FILENO, help.data(), help.size()) < 0 ? kExitFailed : 0;
  }
  auto done = copy_or_fail(arguments, paths, copy);
  if (!done) {
    report(std::move(done).error().with(verb));
    return kExitFailed;
  }
  return 0;
}

}  // namespace

int copy_to(const std::vector<std::string>& arguments, const state::Paths& paths) {
  return run_copy(arguments, paths, manager::copy_to, copy_to_help(), "copy-to");
}

int copy_from(const std::vector<std::string>& arguments, const state::Paths& paths) {
  return run_copy(arguments, paths, manager::copy_from, copy_from_help(), "copy-from");
}

std::string copy_to_help() {
  return "Usage: warren copy-to NAME SOURCE TARGET\n\nCopies a file or directory of the host, or "
         "standard input for -, into a running\ncontainer. It belongs to root there.\n\n"
         "Example: warren copy-to web site /srv/www\n";
}

std::string copy_from_help() {
  return "Usage: warren copy-from NAME SOURCE TARGET\n\nCopies a file or directory out of a "
         "running container, to standard output for -.\n\n"
         "Example: warren copy-from web /var/log/messages -\n";
}

}  // namespace warren::cli
