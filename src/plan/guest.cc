#include "plan/guest.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "plan/environment.h"
#include "plan/process.h"

namespace warren::plan {
namespace {

// What process 1 is told for itself alone, and what depends on the user or the terminal.
constexpr auto kLeftOut = std::to_array<std::string_view>(
    {"NOTIFY_SOCKET", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_USEC", "WATCHDOG_PID",
     "TERM", "HOME", "USER", "LOGNAME", "SHELL"});

}  // namespace

ProcessPlan plan_guest(const GuestRequest& request, const User& user,
                       const std::vector<std::string>& environment) {
  ProcessPlan process;
  Environment variables;
  for (const std::string_view entry : environment) {
    const auto name = entry.substr(0, entry.find('='));
    if (std::ranges::find(kLeftOut, name) == kLeftOut.end() && name.size() < entry.size()) {
      variables.set(name, entry.substr(name.size() + 1));
    }
  }
  variables.set("HOME", user.home);
  variables.set("USER", user.name);
  variables.set("LOGNAME", user.name);
  if (!user.shell.empty()) {
    variables.set("SHELL", user.shell);
  }
  if (!request.term.empty()) {
    variables.set("TERM", request.term);
  }
  for (const auto& [name, value] : request.environment) {
    variables.set(name, value);
  }
  process.environment = std::move(variables).take();
  process.working_directory = request.working_directory;
  choose_command(process, request.arguments, user);
  process.uid = user.uid;
  process.gid = user.gid;
  process.groups = user.groups;
  return process;
}

}  // namespace warren::plan
