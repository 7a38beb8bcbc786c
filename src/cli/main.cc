#include "cli/main.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "cli/apply.h"
#include "cli/audit.h"
#include "cli/copy.h"
#include "cli/create.h"
#include "cli/declarations.h"
#include "cli/generations.h"
#include "cli/help.h"
#include "cli/image.h"
#include "cli/life.h"
#include "cli/list.h"
#include "cli/logs.h"
#include "cli/nixos_container.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/run.h"
#include "cli/show_inside.h"
#include "cli/spawn.h"
#include "cli/update.h"
#include "cli/version.h"
#include "state/paths.h"

namespace warren::cli {
namespace {

/// What stands in front of the verb.
struct Request {
  std::string root;
  bool help = false;
  bool version = false;
};

constexpr auto kOptions = std::to_array<Option<Request>>({
    {.name = "root",
     .takes = Takes::Value,
     .value = "DIR",
     .help = "keep warren's own files below DIR",
     .apply = [](Request& r, std::string_view v) -> Result<> {
       if (!v.starts_with('/')) {
         return Error::because("", "", "it is an absolute path");
       }
       r.root = v;
       return {};
     }},
    {.name = "help",
     .letter = 'h',
     .help = "show this",
     .apply =
         [](Request& r, std::string_view) {
           r.help = true;
           return Result<>();
         }},
    {.name = "version",
     .help = "show the version",
     .apply =
         [](Request& r, std::string_view) {
           r.version = true;
           return Result<>();
         }},
});

using Words = std::vector<std::string>;

int print(const std::string& text) {
  return ::write(STDOUT_FILENO, text.data(), text.size()) < 0 ? kExitFailed : 0;
}

const Verb* find_verb(std::string_view name) {
  const auto at = std::ranges::find(verbs(), name, &Verb::name);
  return at != verbs().end() ? &*at : nullptr;
}

int fail_for_verb(const std::string& name) {
  std::vector<std::string_view> names;
  for (const auto& verb : verbs()) {
    names.push_back(verb.name);
  }
  const auto close = nearest(name, names);
  report(Error::because("", name, "no such verb")
             .advise(close.empty() ? std::string("see warren --help")
                                   : cat("did you mean ", close, "?")));
  return kExitFailed;
}

int help(const Words& words, const state::Paths& /*paths*/) {
  if (words.empty() || words[0] == "-h" || words[0] == "--help") {
    return print(main_help());
  }
  const Verb* verb = find_verb(words[0]);
  return verb != nullptr ? print(verb->help()) : fail_for_verb(words[0]);
}

constexpr auto kVerbs = std::to_array<Verb>({
    {"spawn", "[OPTION…] [COMMAND [ARG…]]", "run a root tree in the foreground", spawn_help,
     [](const Words& words, const state::Paths& paths) { return spawn(words, paths, false); }},
    {"run", "[OPTION…] NAME [--] COMMAND [ARG…]", "run a command in a running container",
     [] { return guest_help(Guest::Command); },
     [](const Words& words, const state::Paths& paths) {
       return run_guest(words, paths, Guest::Command);
     }},
    {"exec", "[OPTION…] NAME [--] COMMAND [ARG…]", "the same as run",
     [] { return guest_help(Guest::Command); },
     [](const Words& words, const state::Paths& paths) {
       return run_guest(words, paths, Guest::Command);
     }},
    {"shell", "[OPTION…] [USER@]NAME [COMMAND [ARG…]]",
     "open a user's shell in a running container", [] { return guest_help(Guest::Shell); },
     [](const Words& words, const state::Paths& paths) {
       return run_guest(words, paths, Guest::Shell);
     }},
    {"login", "[OPTION…] NAME", "log in to a running container",
     [] { return guest_help(Guest::Login); },
     [](const Words& words, const state::Paths& paths) {
       return run_guest(words, paths, Guest::Login);
     }},
    {"root-login", "[OPTION…] NAME", "open root's shell in a running container",
     [] { return guest_help(Guest::RootLogin); },
     [](const Words& words, const state::Paths& paths) {
       return run_guest(words, paths, Guest::RootLogin);
     }},
    {"image", "list|build|import|remove …", "the store of images", image_help, image},
    {"start", "NAME… | --all", "start declared containers",
     [] { return life_help(LifeVerb::Start); },
     [](const Words& words, const state::Paths& paths) {
       return change_life(words, paths, LifeVerb::Start);
     }},
    {"stop", "NAME… | --all", "end them", [] { return life_help(LifeVerb::Stop); },
     [](const Words& words, const state::Paths& paths) {
       return change_life(words, paths, LifeVerb::Stop);
     }},
    {"restart", "NAME… | --all", "end and start them again",
     [] { return life_help(LifeVerb::Restart); },
     [](const Words& words, const state::Paths& paths) {
       return change_life(words, paths, LifeVerb::Restart);
     }},
    {"reload", "NAME… | --all", "make their init read its configuration again",
     [] { return life_help(LifeVerb::Reload); },
     [](const Words& words, const state::Paths& paths) {
       return change_life(words, paths, LifeVerb::Reload);
     }},
    {"terminate", "NAME… | --all", "kill them at once",
     [] { return life_help(LifeVerb::Terminate); },
     [](const Words& words, const state::Paths& paths) {
       return change_life(words, paths, LifeVerb::Terminate);
     }},
    {"pause", "NAME… | --all", "stop their processes until they are resumed",
     [] { return life_help(LifeVerb::Pause); },
     [](const Words& words, const state::Paths& paths) {
       return change_life(words, paths, LifeVerb::Pause);
     }},
    {"resume", "NAME… | --all", "let them go on", [] { return life_help(LifeVerb::Resume); },
     [](const Words& words, const state::Paths& paths) {
       return change_life(words, paths, LifeVerb::Resume);
     }},
    {"logs", "[OPTION…] [NAME…]", "show what containers have printed", logs_help, logs},
    {"copy-to", "NAME SOURCE TARGET", "copy files into a running container", copy_to_help, copy_to},
    {"copy-from", "NAME SOURCE TARGET", "copy files out of a running container", copy_from_help,
     copy_from},
    {"monitor", "[--report] [--keep-unit] NAME",
     "keep a declared container running (for service managers)", monitor_help, monitor},
    {"check", "[FILE | DIRECTORY | -]…", "say what is wrong with declarations", check_help, check},
    {"show", "[--json] [NAME…]", "print declared containers, complete", show_help, show},
    {"create", "[OPTION…] NAME", "make a container", create_help, create},
    {"destroy", "[--if-exists] NAME…", "end and remove containers", destroy_help, destroy},
    {"list", "[--json]", "list all containers", list_help, list},
    {"status", "[--json] NAME…", "show how containers are", status_help, status},
    {"audit", "[--json] NAME…", "list what weakens containers", audit_help, audit},
    {"show-ip", "NAME", "print a container's address", show_ip_help, show_ip},
    {"show-host-key", "NAME", "print a container's SSH host key", show_host_key_help,
     show_host_key},
    {"update", "[OPTION…] NAME", "make a container's next generation", update_help, update},
    {"set", "NAME KEY=VALUE…", "change a container that was made by hand", set_help, set},
    {"rollback", "NAME [GENERATION]", "go back to an earlier generation", rollback_help, rollback},
    {"generations", "[--json] NAME", "list a container's generations", generations_help,
     generations},
    {"apply", "[OPTION…] [FILE | DIRECTORY | -]…", "make all containers what is declared",
     apply_help, apply},
    {"up", "", "start all containers with autoStart", up_help, up},
    {"help", "[VERB]", "show this, or the help of a verb", main_help, help},
});

int run_verb(const Words& words, const state::Paths& paths) {
  const Verb* verb = find_verb(words[0]);
  return verb != nullptr ? verb->run(Words(words.begin() + 1, words.end()), paths)
                         : fail_for_verb(words[0]);
}

/// The three standard streams exist, so that no file that is opened becomes one of them.
void open_standard_streams() {
  int fd = -1;
  do {
    fd = ::open("/dev/null", O_RDWR);
  } while (fd >= 0 && fd <= STDERR_FILENO);
  if (fd >= 0) {
    ::close(fd);
  }
}

}  // namespace

std::span<const Verb> verbs() { return kVerbs; }

std::vector<OptionShape> main_options() { return shapes<Request>(kOptions); }

int run(const std::string& program, const Words& arguments) {
  open_standard_streams();
  Request request;
  if (const char* root = std::getenv("WARREN_ROOT")) {
    request.root = root;
  }
  const std::string name = program.substr(program.rfind('/') + 1);
  if (name == "systemd-nspawn") {
    return spawn(arguments, state::Paths::below(request.root), true);
  }
  if (name == "nixos-container") {
    return nixos_container(arguments, state::Paths::below(request.root));
  }
  auto words = apply_options<Request>(kOptions, arguments, request);
  if (!words) {
    report(std::move(words).error());
    return kExitFailed;
  }
  if (request.version || request.help) {
    return print(request.version ? version_text(false) : main_help());
  }
  if (words->empty()) {
    report(Error::because("", "", "a verb is missing").advise("see warren --help"));
    return kExitFailed;
  }
  return run_verb(*words, state::Paths::below(request.root));
}

}  // namespace warren::cli
