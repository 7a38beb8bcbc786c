#include "cli/nixos_container.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <utility>

#include "base/text.h"
#include "cli/create.h"
#include "cli/life.h"
#include "cli/nixos_system.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/run.h"
#include "cli/show_inside.h"
#include "cli/update.h"
#include "cli/verb.h"
#include "manager/overview.h"

namespace warren::cli {
namespace {

using View = std::string_view;
using Words = std::vector<std::string>;

struct Request {
  Words settings;      ///< KEY=VALUE of a declaration
  Words ports;         ///< TOML tables of forwardPorts
  std::string system;  ///< a tree with its own init
  bool has_host_address = false;
  bool has_local_address = false;
  bool has_bridge = false;
  bool unique = false;
};

Result<> set(Request& request, View key, View value) {
  request.settings.push_back(cat(key, "=", value));
  return {};
}

/// A port, and nothing that TOML could take for more.
std::optional<std::uint16_t> parse_port(View text) {
  const auto port = parse_number<std::uint16_t>(text);
  return port && *port != 0 ? port : std::nullopt;
}

/// [PROTOCOL:]HOST[:CONTAINER]
Result<> forward_port(Request& request, View value) {
  auto parts = split(value, ':');
  const bool has_protocol = parts.front() == "tcp" || parts.front() == "udp";
  const View protocol = has_protocol ? parts.front() : "tcp";
  if (has_protocol) {
    parts.erase(parts.begin());
  }
  const auto host = parts.empty() ? std::nullopt : parse_port(parts.front());
  const auto inside = parts.size() == 2 ? parse_port(parts.back()) : host;
  if (!host || !inside || parts.size() > 2) {
    return Error::because("", "", "a port is a number from 1 to 65535");
  }
  request.ports.push_back(
      cat("{protocol=\"", protocol, "\",hostPort=", *host, ",containerPort=", *inside, "}"));
  return {};
}

Result<> needs_nix(Request&, View) {
  return Error::because("", "", "it needs Nix, which warren does not run")
      .advise("build the system with Nix, and give the result with --system-path");
}

constexpr auto kOptions = std::to_array<Option<Request>>({
    {"system-path", 0, Takes::Value, "PATH", "a tree with its own init",
     [](Request& r, View v) {
       if (!v.starts_with('/')) {
         return Result<>(Error::because("", "", "it is an absolute path"));
       }
       r.system = v;
       return Result<>();
     }},
    {"ensure-unique-name", 0, Takes::Nothing, "", "take NAME-0, NAME-1 … and print which",
     [](Request& r, View) {
       r.unique = true;
       return Result<>();
     }},
    {"auto-start", 0, Takes::Nothing, "", "start it with the host",
     [](Request& r, View) { return set(r, "autoStart", "true"); }},
    {"bridge", 0, Takes::Value, "INTERFACE", "a bridge of the host to connect it to",
     [](Request& r, View v) {
       r.has_bridge = true;
       return set(r, "hostBridge", v);
     }},
    {"port", 0, Takes::Value, "[PROTOCOL:]HOST[:CONTAINER]", "a port of the host that leads inside",
     forward_port},
    {"host-address", 0, Takes::Value, "ADDRESS", "the host's address, together with the next",
     [](Request& r, View v) {
       r.has_host_address = true;
       return set(r, "hostAddress", v);
     }},
    {"local-address", 0, Takes::Value, "ADDRESS", "the address inside",
     [](Request& r, View v) {
       r.has_local_address = true;
       return set(r, "localAddress", v);
     }},
    {"config", 0, Takes::Value, "TEXT", nullptr, needs_nix},
    {"config-file", 0, Takes::Value, "FILE", nullptr, needs_nix},
    {"nixos-path", 0, Takes::Value, "PATH", nullptr, needs_nix},
    {"flake", 0, Takes::Value, "REFERENCE", nullptr, needs_nix},
    {"refresh", 0, Takes::Nothing, "", nullptr, needs_nix},
    {"update-input", 0, Takes::Value, "INPUT", nullptr, needs_nix},
    {"no-update-lock-file", 0, Takes::Nothing, "", nullptr, needs_nix},
    {"impure", 0, Takes::Nothing, "", nullptr, needs_nix},
});

/// The options, and the one name; what a declaration needs beside them.
Result<std::pair<Request, std::string>> read_request(const Words& arguments,
                                                     const state::Paths& paths) {
  Request request;
  TRY_ASSIGN(const auto words, apply_options_anywhere<Request>(kOptions, arguments, request));
  TRY_ASSIGN(auto name, only_name(words));
  if (request.has_host_address != request.has_local_address) {
    return Error::because("", request.has_host_address ? "--host-address" : "--local-address",
                          "--host-address and --local-address go together");
  }
  if (!request.ports.empty()) {
    TRY(set(request, "forwardPorts", cat("[", join(request.ports, ","), "]")));
  }
  if (!request.system.empty()) {
    TRY_ASSIGN(const auto settings, system_settings(request.system, paths));
    request.settings.insert(request.settings.end(), settings.begin(), settings.end());
  }
  return std::pair(std::move(request), std::move(name));
}

/// The arguments of `warren create` and `update` for it.
Words arguments_for(const Request& request, const std::string& name) {
  Words words;
  for (const auto& setting : request.settings) {
    words.insert(words.end(), {"--set", setting});
  }
  words.push_back(name);
  return words;
}

Result<int> create_container(const Words& arguments, const state::Paths& paths) {
  TRY_ASSIGN(auto read, read_request(arguments, paths));
  auto& [request, name] = read;
  if (request.system.empty()) {
    return Error::because("create", name, "without --system-path it needs Nix to build a system")
        .advise("or make one of an image: warren create --image busybox");
  }
  TRY(set(request, "privateNetwork", "true"));
  if (!request.has_local_address && !request.has_bridge) {
    TRY(set(request, "localAddress", "auto"));
  }
  Words words = arguments_for(request, name);
  if (request.unique) {
    words.insert(words.begin(), "--ensure-unique-name");
  }
  return create(words, paths);
}

Result<int> update_container(const Words& arguments, const state::Paths& paths) {
  TRY_ASSIGN(const auto read, read_request(arguments, paths));
  if (read.first.unique) {
    return Error::because("update", "--ensure-unique-name", "it goes with create");
  }
  return update(arguments_for(read.first, read.second), paths);
}

/// A name a line.
Result<int> list_names(const Words& arguments, const state::Paths& paths) {
  if (!arguments.empty()) {
    return Error::because("list", arguments.front(), "there is an argument too many");
  }
  TRY_ASSIGN(const auto overviews, manager::read_overviews(paths));
  std::string text;
  for (const auto& overview : overviews) {
    text += overview.spawned ? std::string() : overview.name + "\n";
  }
  return print(text);
}

bool is_up(const manager::Overview& overview) {
  using manager::State;
  const auto state = overview.condition.state;
  return overview.spawned || (state != State::Stopped && state != State::Failed);
}

/// up, down, or gone with exit status 1.
Result<int> print_status(const Words& arguments, const state::Paths& paths) {
  TRY_ASSIGN(const auto name, only_name(arguments));
  const auto overview = manager::read_overview(paths, name);
  TRY_ASSIGN(const int status, print(!overview ? "gone\n" : is_up(*overview) ? "up\n" : "down\n"));
  return overview ? status : 1;
}

/// One that is not there is no mistake.
Result<int> destroy_container(const Words& arguments, const state::Paths& paths) {
  TRY_ASSIGN(const auto name, only_name(arguments));
  return destroy({"--if-exists", name}, paths);
}

template <LifeVerb kVerb>
Result<int> change(const Words& arguments, const state::Paths& paths) {
  return change_life(arguments, paths, kVerb);
}

template <Guest kGuest>
Result<int> enter(const Words& arguments, const state::Paths& paths) {
  return run_guest(arguments, paths, kGuest);
}

struct Word {
  View name;
  const char* usage;
  const char* summary;
  Result<int> (*run)(const Words& arguments, const state::Paths& paths);
};

constexpr auto kWords = std::to_array<Word>({
    {"list", "", "print the names of all containers", list_names},
    {"create", "[OPTION…] NAME", "make a container of a system that Nix has built",
     create_container},
    {"destroy", "NAME", "end and remove it; one that is not there is no mistake",
     destroy_container},
    {"restart", "NAME…", "end and start it again", change<LifeVerb::Restart>},
    {"start", "NAME…", "start it", change<LifeVerb::Start>},
    {"stop", "NAME…", "end it", change<LifeVerb::Stop>},
    {"terminate", "NAME…", "kill it at once", change<LifeVerb::Terminate>},
    {"status", "NAME", "print up, down, or gone", print_status},
    {"update", "[OPTION…] NAME", "make its next generation", update_container},
    {"login", "NAME", "log in", enter<Guest::Login>},
    {"root-login", "NAME", "open root's shell", enter<Guest::RootLogin>},
    {"run", "NAME [--] COMMAND [ARG…]", "run a command in it", enter<Guest::Command>},
    {"show-ip", "NAME", "print its address",
     [](const Words& words, const state::Paths& paths) -> Result<int> {
       return show_ip(words, paths);
     }},
    {"show-host-key", "NAME", "print its SSH host key",
     [](const Words& words, const state::Paths& paths) -> Result<int> {
       return show_host_key(words, paths);
     }},
});

Result<int> run_word(const Words& arguments, const state::Paths& paths) {
  if (arguments.empty() || arguments[0] == "--help" || arguments[0] == "-h") {
    return print(nixos_container_help());
  }
  const auto* const word = std::ranges::find(kWords, arguments[0], &Word::name);
  if (word == kWords.end()) {
    std::vector<View> names;
    std::ranges::transform(kWords, std::back_inserter(names), &Word::name);
    const auto close = nearest(arguments[0], names);
    return Error::because("", arguments[0], "no such word")
        .advise(close.empty() ? std::string("see nixos-container --help")
                              : cat("did you mean ", close, "?"));
  }
  const Words rest(arguments.begin() + 1, arguments.end());
  if (!rest.empty() && (rest[0] == "--help" || rest[0] == "-h")) {
    return print(nixos_container_help());
  }
  return word->run(rest, paths);
}

}  // namespace

int nixos_container(const Words& arguments, const state::Paths& paths) {
  return finish(run_word(arguments, paths));
}

std::string nixos_container_help() {
  std::string words;
  for (const auto& word : kWords) {
    const std::string left = cat("  ", word.name, " ", word.usage);
    words +=
        cat(left, std::string(left.size() < 34 ? 34 - left.size() : 1, ' '), word.summary, "\n");
  }
  return cat(
      "Usage: nixos-container WORD …\n"
      "\n"
      "This is warren. It knows the words of NixOS's nixos-container that need no Nix.\n"
      "\n",
      words, "\nOptions of create and update:\n",
      option_help(shapes(std::span<const Option<Request>>(kOptions))),
      "\nExample: nixos-container create web --system-path /srv/web\n");
}

}  // namespace warren::cli
