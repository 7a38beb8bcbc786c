#include "cli/life.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <functional>
#include <utility>

#include "base/text.h"
#include "cli/at_once.h"
#include "cli/log_text.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/spawn_request.h"
#include "config/values.h"
#include "host/facts.h"
#include "kernel/file.h"
#include "kernel/socket.h"
#include "manager/condition.h"
#include "manager/freeze.h"
#include "manager/keep.h"
#include "manager/runnable.h"
#include "manager/verbs.h"
#include "monitor/supervise.h"

namespace warren::cli {
namespace {

struct Request {
  bool all = false;
  bool report = false;
  bool keep_unit = false;
  bool help = false;
};

constexpr auto kOptions = std::to_array<Option<Request>>({
    {"all", 0, Takes::Nothing, "", "all declared containers",
     [](Request& r, std::string_view) {
       r.all = true;
       return Result<>();
     }},
    kHelpOption<Request>,
});

constexpr auto kMonitorOptions = std::to_array<Option<Request>>({
    {"report", 0, Takes::Nothing, "", "say on standard output when it is ready, or why not",
     [](Request& r, std::string_view) {
       r.report = true;
       return Result<>();
     }},
    {"keep-unit", 0, Takes::Nothing, "", "run in the caller's unit, whose journal gets the log too",
     [](Request& r, std::string_view) {
       r.keep_unit = true;
       return Result<>();
     }},
    kHelpOption<Request>,
});

using Act = Result<> (*)(const state::Paths& paths, const std::string& name);

struct Kind {
  const char* name;
  const char* usage;
  Act act;
  bool to_running = false;  ///< --all means those that run
};

Result<> restart(const state::Paths& paths, const std::string& name) {
  TRY(manager::stop(paths, name, manager::Manner::Ask));
  return manager::start(paths, name);
}

// In the order of LifeVerb.
constexpr auto kKinds = std::to_array<Kind>({
    {"start", "Starts containers and waits until they are ready.", manager::start},
    {"stop", "Asks containers to end, and kills what has not in time.",
     [](const state::Paths& paths, const std::string& name) {
       return manager::stop(paths, name, manager::Manner::Ask);
     }},
    {"restart", "Stops containers and starts them again.", restart},
    {"reload", "Makes the init of containers read its configuration again.", manager::reload},
    {"terminate", "Kills containers at once.",
     [](const state::Paths& paths, const std::string& name) {
       return manager::stop(paths, name, manager::Manner::Kill);
     }},
    {"pause", "Stops all processes of running containers until they are resumed.", manager::pause,
     true},
    {"resume", "Lets the processes of paused containers go on.", manager::resume, true},
});

/// What is declared and does not hold on this host.
void say_warnings(const state::Paths& paths, const std::string& name) {
  for (const auto& warning : manager::read_warnings(paths, name)) {
    say(cat("warren: ", name, ": ", warning));
  }
}

/// Does it for one container and says what went wrong.
int act_on(const Kind& kind, const state::Paths& paths, const std::string& name) {
  auto done = kind.act(paths, name);
  const bool starts = kind.act == manager::start || kind.act == restart;
  if (done) {
    if (starts) {
      say_warnings(paths, name);
    }
    return 0;
  }
  Error error = std::move(done).error();
  const bool is_missing = error.code == ENOENT && error.subject == name;
  report(is_missing ? std::move(error).with(kind.name)
                    : std::move(error).with(cat(kind.name, " ", name)));
  if (!is_missing && starts) {
    LogEnd end;
    end.take(manager::log_of(paths, name));
    end.say();
  }
  return kExitFailed;
}

Result<std::vector<std::string>> names_of_all(const state::Paths& paths, bool running) {
  TRY_ASSIGN(auto names, manager::container_names(paths));
  if (running) {
    std::erase_if(names, [&](const std::string& name) {
      const auto state = manager::read_state(paths, name).state;
      return state != manager::State::Running && state != manager::State::Paused;
    });
  }
  return names;
}

Result<std::vector<std::string>> read_names(std::vector<std::string> words, const Request& request,
                                            const state::Paths& paths, bool to_running) {
  if (request.all) {
    if (!words.empty()) {
      return Error::because("", words.front(), "either --all or names");
    }
    return names_of_all(paths, to_running);
  }
  if (words.empty()) {
    return Error::because("", "", "the container's name is missing").advise("or --all");
  }
  for (const auto& word : words) {
    if (auto checked = config::parse_name(word); !checked) {
      checked.error().subject = word;
      return std::move(checked).error();
    }
  }
  return words;
}

Result<int> change_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths,
                           LifeVerb verb) {
  Request request;
  TRY_ASSIGN(auto words, apply_options<Request>(kOptions, arguments, request));
  if (request.help) {
    const std::string text = life_help(verb);
    return ::write(STDOUT_FILENO, text.data(), text.size()) < 0 ? kExitFailed : 0;
  }
  const Kind& kind = kKinds[static_cast<std::size_t>(verb)];
  TRY_ASSIGN(const auto names, read_names(std::move(words), request, paths, kind.to_running));
  TRY(host::check_host());
  const bool well =
      for_each_at_once(names, [&](const std::string& name) { return act_on(kind, paths, name); });
  return well ? 0 : kExitFailed;
}

/// Says it once, then lets go of standard output: the one who listens waits for its end.
void say_report(std::string_view text) {
  (void)!::write(STDOUT_FILENO, text.data(), text.size());
  const auto nowhere = kernel::open("/dev/null", O_WRONLY);
  if (nowhere) {
    ::dup2(nowhere->get(), STDOUT_FILENO);
  }
}

Result<int> monitor_or_fail(const std::vector<std::string>& arguments, const state::Paths& paths) {
  Request request;
  TRY_ASSIGN(auto words, apply_options<Request>(kMonitorOptions, arguments, request));
  if (request.help) {
    const std::string text = monitor_help();
    return ::write(STDOUT_FILENO, text.data(), text.size()) < 0 ? kExitFailed : 0;
  }
  TRY_ASSIGN(const auto names, read_names(std::move(words), {}, paths, false));
  TRY(host::check_host());
  bool reported = !request.report;
  const manager::StartReport on_start = [&](const Result<>& started) {
    if (!std::exchange(reported, true)) {
      say_report(started ? manager::kReady : started.error().message());
    }
  };
  const auto ending =
      manager::keep(names.front(), paths, apply_extra_flags,
                    request.keep_unit ? manager::Unit::Callers : manager::Unit::None, on_start);
  if (!ending) {
    kernel::notify_service_manager(cat("STATUS=", ending.error().message()));
    if (!std::exchange(reported, true)) {
      say_report(ending.error().code == EBUSY ? manager::kTaken : ending.error().message());
    }
    return ending.error();
  }
  return ending->failed ? 1 : 0;
}

}  // namespace

int start_and_tell(const state::Paths& paths, const std::string& name) {
  return act_on(kKinds[static_cast<std::size_t>(LifeVerb::Start)], paths, name);
}

int change_life(const std::vector<std::string>& arguments, const state::Paths& paths,
                LifeVerb verb) {
  auto status = change_or_fail(arguments, paths, verb);
  if (!status) {
    report(std::move(status).error());
    return kExitFailed;
  }
  return *status;
}

std::string life_help(LifeVerb verb) {
  const Kind& kind = kKinds[static_cast<std::size_t>(verb)];
  return cat("Usage: warren ", kind.name, " NAME… | --all\n\n", kind.usage, "\n\n",
             option_help(shapes(std::span<const Option<Request>>(kOptions))), "\nExample: warren ",
             kind.name, " web\n");
}

int monitor(const std::vector<std::string>& arguments, const state::Paths& paths) {
  // A script's background job, or nohup(1), may have started it: what asks it to end is never
  // ignored all the same.
  for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGCHLD}) {
    ::signal(signal, SIG_DFL);
  }
  const sigset_t signals = monitor::supervised_signals();
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  ::umask(022);
  auto status = monitor_or_fail(arguments, paths);
  if (!status) {
    report(std::move(status).error());
    return kExitFailed;
  }
  return *status;
}

std::string monitor_help() {
  return cat(
      "Usage: warren monitor [--report] [--keep-unit] NAME\n\nKeeps a declared container running, "
      "in the "
      "foreground. warren start and service managers call it.\n\n",
      option_help(shapes(std::span<const Option<Request>>(kMonitorOptions))),
      "\nExample: warren monitor web\n");
}

}  // namespace warren::cli
