#include "cli/spawn_request.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "base/text.h"
#include "cli/report.h"
#include "cli/settings.h"
#include "host/facts.h"
#include "image/find.h"
#include "image/settings_file.h"
#include "image/template.h"
#include "kernel/terminal.h"
#include "network/present.h"
#include "spec/validate.h"

namespace warren::cli {
namespace {

using Start = spec::Process::Start;

/// Empty when it has been removed, or lies outside warren's root: not everybody needs it.
std::string working_directory() {
  std::array<char, PATH_MAX> path;
  const bool known = ::getcwd(path.data(), path.size()) != nullptr && path[0] == '/';
  return known ? path.data() : "";
}

std::optional<std::string> variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value != nullptr ? std::optional<std::string>(value) : std::nullopt;
}

Result<> choose_start(SpawnRequest& request) {
  if (request.boot && request.as_pid2) {
    return Error::because("", "--boot", "an init is process 1: leave out --as-pid2");
  }
  request.container.process.start = request.boot      ? Start::Boot
                                    : request.as_pid2 ? Start::Pid2
                                                      : Start::Command;
  return {};
}

Result<> choose_tree(SpawnRequest& request) {
  spec::Root& root = request.container.root;
  const std::string& machine = request.container.identity.machine;
  if (root.directory.empty() && machine.empty()) {
    TRY_ASSIGN(root.directory, config::absolute_path(".", request.surroundings.working_directory));
  } else if (root.directory.empty()) {
    if (root.from.empty()) {
      TRY_ASSIGN(root.directory, image::find_tree(machine));
    } else {
      root.directory = cat("/var/lib/machines/", machine);
    }
  }
  if (!root.from.empty() && ::access(root.directory.c_str(), F_OK) < 0) {
    auto copied = image::copy_tree(root.from, root.directory);
    if (!copied) {
      return std::move(copied).error().with(cat("make ", root.directory));
    }
  }
  TRY_ASSIGN(root.directory, image::resolve(root.directory));
  return {};
}

/// What remains of `text` when everything that a name cannot have is taken out.
std::string as_name(std::string_view text) {
  std::string name;
  for (const unsigned char character : text) {
    const bool fits = std::isalnum(character) != 0 || character == '_' ||
                      (character == '-' && !name.empty()) ||
                      (character == '.' && !name.empty() && name.back() != '.');
    if (fits && name.size() < 64) {
      name += static_cast<char>(character);
    }
  }
  while (!name.empty() && name.back() == '.') {
    name.pop_back();
  }
  return name;
}

void choose_name(SpawnRequest& request) {
  spec::Identity& identity = request.container.identity;
  const std::string& directory = request.container.root.directory;
  if (identity.machine.empty()) {
    identity.machine = as_name(directory.substr(directory.rfind('/') + 1));
    if (identity.machine.empty()) {
      identity.machine = "container";
    }
    if (request.container.root.ephemeral) {
      identity.machine =
          cat(identity.machine.substr(0, 47), "-", host::random_uuid().substr(0, 16));
    }
    request.name_is_ours = true;
  }
}

SpawnRequest fresh_request() {
  SpawnRequest request;
  request.surroundings.working_directory = working_directory();
  request.surroundings.variable = variable;
  request.on_terminal = kernel::is_terminal(STDIN_FILENO) && kernel::is_terminal(STDOUT_FILENO);
  return request;
}

/// The tree as the caller names it, before links in its path are followed; empty for none.
std::string named_tree(const SpawnRequest& request) {
  const std::string& machine = request.container.identity.machine;
  const std::string& directory = request.container.root.directory;
  if (!directory.empty() || machine.empty()) {
    return directory.empty() ? request.surroundings.working_directory : directory;
  }
  return image::find_tree(machine).value_or("");
}

/// What the machine's file adds to the options that were given; what it overrides is taken out of
/// them. Only the options that say which file it is are looked at before.
Result<FileSettings> settings_for(ParsedCommandLine& given, const std::string& root) {
  static constexpr auto kDeciding =
      std::to_array<std::string_view>({"help", "version", "settings", "machine", "directory"});
  std::vector<ParsedOption> deciding;
  std::ranges::copy_if(given.options, std::back_inserter(deciding), [](const auto& option) {
    return std::ranges::find(kDeciding, spawn_options()[option.index].name) != kDeciding.end();
  });
  SpawnRequest request = fresh_request();
  TRY(apply_parsed(spawn_options(), deciding, request));
  if (request.settings == SettingsMode::No || request.help || request.version) {
    return FileSettings();
  }
  const std::string tree = named_tree(request);
  const std::string& machine = request.container.identity.machine;
  const std::string name = machine.empty() ? as_name(tree.substr(tree.rfind('/') + 1)) : machine;
  if (name.empty()) {
    return FileSettings();
  }
  TRY_ASSIGN(const auto file, image::find_settings(root, name, tree));
  if (!file) {
    return FileSettings();
  }
  const bool trusted = file->trusted || request.settings == SettingsMode::Trusted;
  TRY_ASSIGN(auto settings, read_settings(*file, trusted));
  for (const auto& notice : settings.notices) {
    say(cat("warren: ", notice));
  }
  settle(request.settings, given, settings);
  return settings;
}

void choose_console(SpawnRequest& request) {
  using spec::Console;
  const bool boot = request.container.process.start == Start::Boot;
  const Console without_terminal = boot ? Console::ReadOnly : Console::Pipe;
  request.container.console =
      request.console.value_or(request.on_terminal ? Console::Interactive : without_terminal);
}

}  // namespace

Result<SpawnRequest> read_spawn_options(const std::vector<std::string>& arguments,
                                        const std::string& root) {
  TRY_ASSIGN(auto given, parse_options(shapes(spawn_options()), arguments));
  TRY_ASSIGN(auto file, settings_for(given, root));
  SpawnRequest request = fresh_request();
  TRY(apply_parsed(spawn_options(), given.options, request));
  for (const auto& [option, origin] : file.options) {
    if (auto done = spawn_options()[option.index].apply(request, option.value); !done) {
      return at_origin(origin, std::move(done).error());
    }
  }
  request.container.process.arguments =
      std::move(given.arguments.empty() ? file.arguments : given.arguments);
  TRY(choose_start(request));
  return request;
}

std::string value_listing(const std::vector<std::string>& arguments) {
  const auto parsed = parse_options(shapes(spawn_options()), arguments);
  std::string text;
  for (const auto& option : parsed ? parsed->options : std::vector<ParsedOption>()) {
    if (option.value == "help" && text.empty()) {
      for (const auto& value : config::known_values(spawn_options()[option.index].name)) {
        text += cat(value, "\n");
      }
    }
  }
  return text;
}

Result<> complete(SpawnRequest& request) {
  spec::Container& container = request.container;
  TRY(spec::validate(container));
  if (!request.clean_up) {
    TRY(network::check_present(container.network));
  }
  TRY(choose_tree(request));
  choose_name(request);
  choose_console(request);
  if (container.process.start == Start::Boot && !container.process.kill_signal) {
    container.process.kill_signal = SIGRTMIN + 3;
  }
  return spec::validate(container);  // once more: the tree is known now
}

Result<> apply_extra_flags(spec::Container& container, const std::vector<std::string>& flags) {
  if (flags.empty()) {
    return {};
  }
  SpawnRequest request;
  request.container = container;
  request.surroundings = {.working_directory = "/", .variable = [](const std::string&) {
                            return std::optional<std::string>();
                          }};
  TRY_ASSIGN(const auto words, apply_options(spawn_options(), flags, request));
  if (!words.empty()) {
    return Error::because("", words.front(), "it is no option").advise("use command");
  }
  const spec::Container& changed = request.container;
  const bool not_theirs = changed.root.directory != container.root.directory ||
                          changed.root.from != container.root.from ||
                          changed.identity.machine != container.identity.machine ||
                          request.console || request.help || request.version || request.clean_up;
  if (!changed.network.ports.empty()) {
    return Error::because("", join(flags, " "), "ports are declared, so that they can be changed")
        .advise("use forwardPorts");
  }
  if (not_theirs) {
    return Error::because("", join(flags, " "), "one of these is decided by the declaration")
        .advise("leave out options of the tree, the name and the console");
  }
  if (request.boot || request.as_pid2) {
    TRY(choose_start(request));
  }
  container = std::move(request.container);
  return {};
}

}  // namespace warren::cli
