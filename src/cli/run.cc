#include "cli/run.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <utility>

#include "base/text.h"
#include "cli/options.h"
#include "cli/report.h"
#include "config/values.h"
#include "host/facts.h"
#include "image/users.h"
#include "kernel/file.h"
#include "kernel/terminal.h"
#include "launch/enter.h"
#include "launch/shield.h"
#include "manager/running.h"
#include "monitor/attend.h"
#include "plan/guest.h"
#include "state/cgroup.h"

namespace warren::cli {
namespace {

using View = std::string_view;

struct Request {
  plan::GuestRequest guest;
  std::string user = "root";
  std::optional<spec::Console> console;
  bool help = false;
};

constexpr auto kOptions = std::to_array<Option<Request>>({
    {"user", 'u', Takes::Value, "USER", "run it as this user of the container",
     [](Request& r, View v) {
       r.user = v;
       return Result<>();
     }},
    {"chdir", 0, Takes::Value, "PATH", "start in this directory",
     [](Request& r, View v) -> Result<> {
       TRY_ASSIGN(r.guest.working_directory, config::inside_path(v));
       return {};
     }},
    {"setenv", 'E', Takes::Value, "NAME[=VALUE]", "set an environment variable",
     [](Request& r, View v) -> Result<> {
       const config::Surroundings caller = {
           .working_directory = {}, .variable = [](const std::string& name) {
             const char* value = std::getenv(name.c_str());
             return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
           }};
       TRY_ASSIGN(auto entry, config::parse_assignment(v, caller));
       r.guest.environment.push_back(std::move(entry));
       return {};
     }},
    {"console", 0, Takes::Value, "MODE", "interactive: a terminal; pipe: the streams as they are",
     [](Request& r, View v) -> Result<> {
       if (v != "interactive" && v != "pipe") {
         return Error::because("", "", "it is interactive or pipe");
       }
       r.console = v == "pipe" ? spec::Console::Pipe : spec::Console::Interactive;
       return {};
     }},
    {"pipe", 'P', Takes::Nothing, "", "the same as --console=pipe",
     [](Request& r, View) {
       r.console = spec::Console::Pipe;
       return Result<>();
     }},
    {"help", 'h', Takes::Nothing, "", "show this text",
     [](Request& r, View) {
       r.help = true;
       return Result<>();
     }},
});

/// A file of the container as text; empty when it has none, or none that can be read.
std::string read_inside(int root, const char* path) {
  const auto file = kernel::open_regular_in_root(root, path);
  return file ? kernel::read_all(file->get(), path).value_or("") : std::string();
}

/// A new terminal of the container's own, so that programs inside can name it; where the
/// container has none, one of the host's. What is called ptmx inside is the payload's to choose.
Result<kernel::Terminal> open_guest_terminal(int root) {
  const dev_t ptmx = makedev(5, 2);  // devices.txt of Linux
  const auto inside = kernel::open_in_root(root, "/dev/pts/ptmx", O_PATH);
  struct stat status = {};
  if (inside && ::fstat(inside->get(), &status) == 0 && S_ISCHR(status.st_mode) &&
      status.st_rdev == ptmx) {
    auto terminal = kernel::open_terminal(cat("/proc/self/fd/", inside->get()));
    if (terminal) {
      return terminal;
    }
  }
  return kernel::open_terminal("/dev/ptmx");
}

/// login(1) as it is called by who has a terminal already.
const std::vector<std::string> kLogin = {"login"};

/// What is asked for: NAME, the user in front of it, and the command behind.
Result<std::string> read_arguments(const std::vector<std::string>& arguments, Guest kind,
                                   Request& request) {
  TRY_ASSIGN(auto words, apply_options<Request>(kOptions, arguments, request));
  if (request.help) {
    return std::string();
  }
  if (words.empty()) {
    return Error::because("", "", "the container's name is missing")
        .advise("see warren list for those that run");
  }
  std::string name = std::move(words.front());
  words.erase(words.begin());
  if (!words.empty() && words.front() == "--") {
    words.erase(words.begin());
  }
  if (const auto at = name.rfind('@'); kind == Guest::Shell && at != std::string::npos) {
    request.user = name.substr(0, at);
    name.erase(0, at + 1);
  }
  if (kind == Guest::Command && words.empty()) {
    return Error::because("", name, "the command is missing")
        .advise(cat("for a shell: warren shell ", name));
  }
  if ((kind == Guest::Login || kind == Guest::RootLogin) && !words.empty()) {
    return Error::because("", words.front(), "nothing goes behind the name")
        .advise("for a command: warren run NAME -- COMMAND");
  }
  request.guest.arguments = std::move(words);
  if (kind == Guest::Login) {
    request.guest.arguments = kLogin;
  }
  auto checked = config::parse_name(name);
  if (!checked) {
    checked.error().subject = name;
  }
  return checked;
}

bool wants_terminal(const Request& request) {
  return request.console ? *request.console == spec::Console::Interactive
                         : kernel::is_terminal(STDIN_FILENO) && kernel::is_terminal(STDOUT_FILENO);
}

Result<plan::ProcessPlan> plan_guest(Request& request, int root, const state::Entry& entry) {
  TRY_ASSIGN(const auto user, image::find_user(request.user, read_inside(root, "/etc/passwd"),
                                               read_inside(root, "/etc/group")));
  plan::ProcessPlan process = plan::plan_guest(request.guest, user, entry.environment);
  process.bounding = entry.bounding;
  process.no_new_privileges = entry.no_new_privileges;
  process.personality = entry.personality;
  std::vector<sock_filter> filter(entry.filter.size() / sizeof(sock_filter));
  entry.filter.copy(reinterpret_cast<char*>(filter.data()), filter.size() * sizeof(sock_filter));
  process.filter =
      filter.empty() ? confine::SyscallFilter::none() : confine::SyscallFilter(std::move(filter));
  return process;
}

Result<kernel::Exit> run_in(const manager::Running& running, Request& request) {
  TRY_ASSIGN(const auto root, manager::open_root(running));
  kernel::Terminal terminal;
  if (wants_terminal(request)) {
    TRY_ASSIGN(terminal, open_guest_terminal(root.get()));
    const char* term = std::getenv("TERM");
    request.guest.term = term != nullptr ? term : "linux";
  }
  TRY_ASSIGN(const auto process, plan_guest(request, root.get(), running.entry));
  TRY_ASSIGN(const auto cgroup, state::open_cgroup_of(running.entry.leader));
  TRY_ASSIGN(const auto child,
             launch::enter(process, {.leader = running.leader.get(),
                                     .leader_pid = running.entry.leader,
                                     .user_namespace = running.entry.user_namespace,
                                     .cgroup = cgroup.get(),
                                     .terminal = terminal.slave.get()}));
  return monitor::attend(child, std::move(terminal));
}

Result<int> run_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths,
                        Guest kind) {
  Request request;
  TRY_ASSIGN(const auto name, read_arguments(arguments, kind, request));
  if (request.help) {
    const std::string text = guest_help(kind);
    return ::write(STDOUT_FILENO, text.data(), text.size()) < 0 ? kExitFailed : 0;
  }
  TRY(host::check_host());
  TRY_ASSIGN(const auto running, manager::find_running(paths, name));
  TRY(launch::shield_program(running.entry.leader));
  auto awake = manager::check_awake(running);
  auto exit = awake ? run_in(running, request) : Result<kernel::Exit>(std::move(awake).error());
  if (!exit) {
    return manager::reason_of(running, std::move(exit).error()).with(cat("run in ", name));
  }
  return exit->by_signal ? 128 + exit->code : exit->code;
}

}  // namespace

int run_guest(const std::vector<std::string>& arguments, const state::Paths& paths, Guest kind) {
  const sigset_t signals = monitor::attended_signals();
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  auto status = run_or_fail(arguments, paths, kind);
  if (!status) {
    const int code = exit_status_of(status.error());
    report(std::move(status).error());
    return code;
  }
  return *status;
}

std::string guest_help(Guest kind) {
  struct Usage {
    const char* line;
    const char* example;
  };
  constexpr auto kUsages = std::to_array<Usage>({
      {"warren run [OPTIONS] NAME [--] COMMAND [ARG…]\n\nRuns a command in a running container, "
       "with no more rights than its process 1.",
       "warren run web -- cat /etc/hostname"},
      {"warren shell [OPTIONS] [USER@]NAME [COMMAND [ARG…]]\n\nOpens a user's login shell in a "
       "running container, root's unless named.",
       "warren shell alice@web"},
      {"warren login [OPTIONS] NAME\n\nAsks for a user and a password, as a console does.",
       "warren login web"},
      {"warren root-login [OPTIONS] NAME\n\nOpens root's login shell in a running container.",
       "warren root-login web"},
  });
  const auto& usage = kUsages[static_cast<std::size_t>(kind)];
  return cat("Usage: ", usage.line, "\n\n",
             option_help(shapes(std::span<const Option<Request>>(kOptions))),
             "\nExample: ", usage.example, "\n");
}

}  // namespace warren::cli
