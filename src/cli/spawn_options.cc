#include "cli/spawn_options.h"

#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"

namespace warren::cli {
namespace {

using Request = SpawnRequest;
using View = std::string_view;

Error refuse(View reason) { return Error::because("", "", reason); }

/// Parses with `parse` and stores in `target`.
template <typename Target, typename Value>
Result<> store(Target& target, Result<Value> parsed) {
  if (!parsed) {
    return std::move(parsed).error();
  }
  target = *std::move(parsed);
  return {};
}

Result<> store_boolean(bool& target, View value) {
  const auto truth = value.empty() ? std::optional(true) : parse_boolean(value);
  if (!truth) {
    return refuse("it is yes or no");
  }
  target = *truth;
  return {};
}

Result<> store_path(std::string& target, View value, const Request& request) {
  return store(target, config::absolute_path(value, request.surroundings.working_directory));
}

Result<> add_mount(Request& request, Result<spec::Mount> mount) {
  if (!mount) {
    return std::move(mount).error();
  }
  request.container.mounts.push_back(*std::move(mount));
  return {};
}

Result<> add_bind(Request& request, View value, bool read_only) {
  return add_mount(request, config::parse_bind(value, read_only, request.surroundings));
}

Result<> add_overlay(Request& request, View value, bool read_only) {
  return add_mount(request, config::parse_overlay(value, read_only, request.surroundings));
}

Result<> add_capabilities(spec::Capabilities& set, View value) {
  TRY_ASSIGN(const auto more, config::parse_capabilities(value));
  set |= more;
  return {};
}

/// ID:PATH; a relative path is looked for where a service manager put credentials.
Result<> load_credential(Request& request, View value) {
  constexpr std::size_t kLargest = std::size_t{1} << 20;  // as in systemd
  const auto colon = value.find(':');
  if (colon == View::npos) {
    return refuse("it is ID:PATH");
  }
  TRY_ASSIGN(auto name, config::parse_credential_name(value.substr(0, colon)));
  std::string path(value.substr(colon + 1));
  if (path.empty()) {
    return refuse("the path is missing");
  }
  if (!path.starts_with('/')) {
    const auto directory = request.surroundings.variable("CREDENTIALS_DIRECTORY");
    path = cat(directory.value_or(request.surroundings.working_directory), "/", path);
  }
  TRY_ASSIGN(auto content, kernel::read_file(path, kLargest));
  request.container.credentials.push_back({std::move(name), std::move(content)});
  return {};
}

/// For what systemd-nspawn can and warren cannot yet.
template <const char* kReason>
Result<> not_yet(Request& /*request*/, View /*value*/) {
  return refuse(kReason);
}

constexpr char kNoImages[] = "disk images are not supported yet: unpack it, use --directory";
constexpr char kNoBundles[] = "OCI bundles are not supported yet: use --directory with its rootfs";
constexpr char kNoLinks[] = "network interfaces are not supported yet: there are the host's "
                            "network, --private-network and --network-namespace-path";
constexpr char kNoUsers[] = "users cannot be bound yet: --bind their home with :owneridmap";
constexpr char kNoUnits[] = "resource properties are not supported yet: set them on the unit that "
                            "starts warren, with --keep-unit";
constexpr char kNoLabels[] = "SELinux labels are not supported yet";

Result<> set_link_journal(Request& /*request*/, View value) {
  if (value == "host" || value == "guest") {
    return refuse("journals cannot be linked yet: read them with --directory of journalctl");
  }
  const bool harmless =
      value == "no" || value == "auto" || value == "try-host" || value == "try-guest";
  return harmless ? Result<>() : refuse(cat("'", value, "' is not one of its values"));
}

Result<> set_settings(Request& request, View value) {
  if (value == "override" || value == "trusted") {
    request.read_settings = true;
    return {};
  }
  return store_boolean(request.read_settings, value);
}

Result<> set_user(Request& request, View value) {
  request.container.process.user = value;
  return {};
}

using enum Takes;

// NOLINTBEGIN(readability-function-size): a table
constexpr auto kOptions = std::to_array<Option<Request>>({
    {.name = "help", .letter = 'h', .help = nullptr,
     .apply = [](Request& r, View) { r.help = true; return Result<>(); }},
    {.name = "version", .help = nullptr,
     .apply = [](Request& r, View) { r.version = true; return Result<>(); }},
    {.name = "quiet", .letter = 'q', .help = "say nothing but errors",
     .apply = [](Request& r, View) { r.quiet = true; return Result<>(); }},
    {.name = "no-pager", .help = nullptr, .apply = [](Request&, View) { return Result<>(); }},
    {.name = "no-ask-password", .help = nullptr,
     .apply = [](Request&, View) { return Result<>(); }},
    {.name = "settings", .takes = Value, .value = "BOOL", .help = nullptr,
     .apply = set_settings},
    {.name = "cleanup", .help = "remove what a killed container of this name left, and exit",
     .apply = [](Request& r, View) { r.clean_up = true; return Result<>(); }},

    {.name = nullptr, .help = "Root tree"},
    {.name = "directory", .letter = 'D', .takes = Value, .value = "PATH",
     .help = "the root tree (default: the current directory)",
     .apply = [](Request& r, View v) { return store_path(r.container.root.directory, v, r); }},
    {.name = "template", .takes = Value, .value = "PATH",
     .help = "make the tree as a copy of this one if it does not exist",
     .apply = [](Request& r, View v) { return store_path(r.container.root.from, v, r); }},
    {.name = "ephemeral", .letter = 'x', .help = "throw all changes away at the end",
     .apply = [](Request& r, View) { r.container.root.ephemeral = true; return Result<>(); }},
    {.name = "image", .letter = 'i', .takes = Value, .value = "PATH", .help = nullptr,
     .apply = not_yet<kNoImages>},
    {.name = "image-policy", .takes = Value, .help = nullptr, .apply = not_yet<kNoImages>},
    {.name = "root-hash", .takes = Value, .help = nullptr, .apply = not_yet<kNoImages>},
    {.name = "root-hash-sig", .takes = Value, .help = nullptr, .apply = not_yet<kNoImages>},
    {.name = "verity-data", .takes = Value, .help = nullptr, .apply = not_yet<kNoImages>},
    {.name = "oci-bundle", .takes = Value, .value = "PATH", .help = nullptr,
     .apply = not_yet<kNoBundles>},
    {.name = "read-only", .help = "nothing in the tree can be changed",
     .apply = [](Request& r, View) { r.container.root.read_only = true; return Result<>(); }},
    {.name = "volatile", .takes = MaybeValue, .value = "yes|state|overlay|no",
     .help = "keep only /usr; all but /var; the changes in memory",
     .apply = [](Request& r, View v) {
       return store(r.container.root.volatile_mode, config::parse_volatile(v));
     }},
    {.name = "pivot-root", .takes = Value, .value = "NEW[:OLD]",
     .help = "start in directory NEW of the tree; show the tree at OLD",
     .apply = [](Request& r, View v) -> Result<> {
       TRY_ASSIGN(auto paths, config::parse_pivot_root(v));
       r.container.root.pivot_to = std::move(paths.first);
       r.container.root.pivot_from = std::move(paths.second);
       return {};
     }},

    {.name = nullptr, .help = "Program"},
    {.name = "as-pid2", .letter = 'a', .help = "put a little init in front of the command",
     .apply = [](Request& r, View) { r.as_pid2 = true; return Result<>(); }},
    {.name = "boot", .letter = 'b', .help = "run the tree's own init, with the arguments",
     .apply = [](Request& r, View) { r.boot = true; return Result<>(); }},
    {.name = "chdir", .takes = Value, .value = "PATH", .help = "start in this directory",
     .apply = [](Request& r, View v) {
       return store(r.container.process.working_directory, config::inside_path(v));
     }},
    {.name = "setenv", .letter = 'E', .takes = Value, .value = "NAME[=VALUE]",
     .help = "set an environment variable",
     .apply = [](Request& r, View v) -> Result<> {
       TRY_ASSIGN(auto entry, config::parse_assignment(v, r.surroundings));
       r.container.process.environment.push_back(std::move(entry));
       return {};
     }},
    {.name = "user", .letter = 'u', .takes = Value, .value = "USER",
     .help = "run the command as this user of the container",
     .apply = set_user},
    {.name = "uid", .takes = Value, .value = "USER", .help = nullptr,
     .apply = set_user},
    {.name = "kill-signal", .takes = Value, .value = "SIGNAL",
     .help = "what asks process 1 to end",
     .apply = [](Request& r, View v) {
       return store(r.container.process.kill_signal, config::parse_signal(v));
     }},
    {.name = "notify-ready", .takes = Value, .value = "BOOL",
     .help = "be ready when process 1 says so",
     .apply = [](Request& r, View v) {
       return store_boolean(r.container.process.notify_ready, v);
     }},
    {.name = "suppress-sync", .takes = MaybeValue, .value = "BOOL",
     .help = "let fsync and the like do nothing",
     .apply = [](Request& r, View v) {
       return store_boolean(r.container.process.suppress_sync, v);
     }},

    {.name = nullptr, .help = "Identity"},
    {.name = "machine", .letter = 'M', .takes = Value, .value = "NAME",
     .help = "name on the host (default: the tree's)",
     .apply = [](Request& r, View v) {
       return store(r.container.identity.machine, config::parse_name(v));
     }},
    {.name = "hostname", .takes = Value, .value = "NAME", .help = "name inside",
     .apply = [](Request& r, View v) {
       return store(r.container.identity.hostname, config::parse_name(v));
     }},
    {.name = "uuid", .takes = Value, .value = "UUID",
     .help = "machine id, if the tree has none",
     .apply = [](Request& r, View v) {
       return store(r.container.identity.uuid, config::parse_uuid(v));
     }},

    {.name = nullptr, .help = "Users"},
    {.name = "private-users", .takes = MaybeValue, .value = "pick|identity|no|yes|BASE[:COUNT]",
     .help = "the ids that the container has on the host (default: pick)",
     .apply = [](Request& r, View v) -> Result<> {
       const auto ownership = r.container.users.ownership;
       TRY(store(r.container.users, config::parse_private_users(v)));
       r.container.users.ownership = ownership;
       return {};
     }},
    {.name = "private-users-ownership", .takes = Value, .value = "auto|map|off",
     .help = "whether files get those ids by mapping",
     .apply = [](Request& r, View v) {
       return store(r.container.users.ownership, config::parse_ownership(v));
     }},
    {.name = "private-users-chown", .help = nullptr,
     .apply = [](Request&, View) -> Result<> {
       return refuse("warren never changes the owners of files");
     }},
    {.name = "", .letter = 'U', .help = nullptr,
     .apply = [](Request& r, View) -> Result<> {
       r.container.users = {.mode = spec::Users::Mode::Pick};
       return {};
     }},

    {.name = nullptr, .help = "Network (default: the host's)"},
    {.name = "private-network", .help = "nothing but a loopback interface",
     .apply = [](Request& r, View) { r.container.network.isolated = true; return Result<>(); }},
    {.name = "network-namespace-path", .takes = Value, .value = "PATH",
     .help = "join this network namespace",
     .apply = [](Request& r, View v) {
       return store_path(r.container.network.namespace_path, v, r);
     }},
    {.name = "network-interface", .takes = Value, .help = nullptr, .apply = not_yet<kNoLinks>},
    {.name = "network-macvlan", .takes = Value, .help = nullptr, .apply = not_yet<kNoLinks>},
    {.name = "network-ipvlan", .takes = Value, .help = nullptr, .apply = not_yet<kNoLinks>},
    {.name = "network-veth", .letter = 'n', .help = nullptr, .apply = not_yet<kNoLinks>},
    {.name = "network-veth-extra", .takes = Value, .help = nullptr, .apply = not_yet<kNoLinks>},
    {.name = "network-bridge", .takes = Value, .help = nullptr, .apply = not_yet<kNoLinks>},
    {.name = "network-zone", .takes = Value, .help = nullptr, .apply = not_yet<kNoLinks>},
    {.name = "port", .letter = 'p', .takes = Value, .help = nullptr, .apply = not_yet<kNoLinks>},

    {.name = nullptr, .help = "Rights"},
    {.name = "capability", .takes = Value, .value = "NAME,…", .help = "add capabilities",
     .apply = [](Request& r, View v) { return add_capabilities(r.container.security.add, v); }},
    {.name = "drop-capability", .takes = Value, .value = "NAME,…",
     .help = "take capabilities away",
     .apply = [](Request& r, View v) { return add_capabilities(r.container.security.drop, v); }},
    {.name = "ambient-capability", .takes = Value, .value = "NAME,…",
     .help = "give the command capabilities, whoever runs it",
     .apply = [](Request& r, View v) {
       return add_capabilities(r.container.security.ambient, v);
     }},
    {.name = "no-new-privileges", .takes = Value, .value = "BOOL",
     .help = "set-id programs gain nothing",
     .apply = [](Request& r, View v) {
       return store_boolean(r.container.security.no_new_privileges, v);
     }},
    {.name = "system-call-filter", .takes = Value, .value = "[~]NAME|@GROUP…",
     .help = "allow more system calls, or with ~ fewer",
     .apply = [](Request& r, View v) -> Result<> {
       TRY_ASSIGN(auto rules, config::parse_syscall_filter(v));
       for (auto& rule : rules) {
         r.container.security.filter.push_back(std::move(rule));
       }
       return {};
     }},
    {.name = "selinux-context", .letter = 'Z', .takes = Value, .help = nullptr,
     .apply = not_yet<kNoLabels>},
    {.name = "selinux-apifs-context", .letter = 'L', .takes = Value, .help = nullptr,
     .apply = not_yet<kNoLabels>},

    {.name = nullptr, .help = "Resources"},
    {.name = "rlimit", .takes = Value, .value = "NAME=SOFT[:HARD]", .help = "set a resource limit",
     .apply = [](Request& r, View v) -> Result<> {
       TRY_ASSIGN(const auto limit, config::parse_limit(v));
       r.container.process.limits[limit.first] = limit.second;
       return {};
     }},
    {.name = "oom-score-adjust", .takes = Value, .value = "NUMBER",
     .help = "how likely it is killed when memory is short",
     .apply = [](Request& r, View v) {
       return store(r.container.process.oom_score_adjust, config::parse_oom_score_adjust(v));
     }},
    {.name = "cpu-affinity", .takes = Value, .value = "CPU,…", .help = "processors it may run on",
     .apply = [](Request& r, View v) {
       return store(r.container.process.cpu_affinity, config::parse_cpu_affinity(v));
     }},
    {.name = "personality", .takes = Value, .value = "x86|x86-64",
     .help = "architecture that uname shows",
     .apply = [](Request& r, View v) {
       return store(r.container.process.personality, config::parse_personality(v));
     }},
    {.name = "slice", .letter = 'S', .takes = Value, .help = nullptr, .apply = not_yet<kNoUnits>},
    {.name = "property", .takes = Value, .help = nullptr, .apply = not_yet<kNoUnits>},
    {.name = "register", .takes = Value, .value = "BOOL", .help = nullptr,
     .apply = [](Request&, View v) {
       bool ignored = false;
       return store_boolean(ignored, v);
     }},
    {.name = "keep-unit", .help = "run in the caller's unit; a reboot ends with status 133",
     .apply = [](Request& r, View) { r.container.keep_unit = true; return Result<>(); }},

    {.name = nullptr, .help = "Files"},
    {.name = "bind", .takes = Value, .value = "SOURCE[:TARGET[:OPTION,…]]",
     .help = "show a file or directory of the host",
     .apply = [](Request& r, View v) { return add_bind(r, v, false); }},
    {.name = "bind-ro", .takes = Value, .value = "SOURCE[:TARGET[:OPTION,…]]",
     .help = "the same, read-only",
     .apply = [](Request& r, View v) { return add_bind(r, v, true); }},
    {.name = "inaccessible", .takes = Value, .value = "PATH", .help = "hide what is there",
     .apply = [](Request& r, View v) { return add_mount(r, config::parse_inaccessible(v)); }},
    {.name = "tmpfs", .takes = Value, .value = "TARGET[:OPTION,…]",
     .help = "an empty directory in memory",
     .apply = [](Request& r, View v) { return add_mount(r, config::parse_tmpfs(v)); }},
    {.name = "overlay", .takes = Value, .value = "LOWER…:UPPER[:TARGET]",
     .help = "directories on top of each other",
     .apply = [](Request& r, View v) { return add_overlay(r, v, false); }},
    {.name = "overlay-ro", .takes = Value, .value = "LOWER…:UPPER[:TARGET]",
     .help = "the same, read-only",
     .apply = [](Request& r, View v) { return add_overlay(r, v, true); }},
    {.name = "bind-user", .takes = Value, .help = nullptr, .apply = not_yet<kNoUsers>},
    {.name = "resolv-conf", .takes = Value, .value = "MODE",
     .help = "where /etc/resolv.conf comes from",
     .apply = [](Request& r, View v) {
       return store(r.container.resolv_conf, config::parse_resolv_conf(v));
     }},
    {.name = "timezone", .takes = Value, .value = "MODE",
     .help = "where /etc/localtime comes from",
     .apply = [](Request& r, View v) {
       return store(r.container.timezone, config::parse_timezone(v));
     }},
    {.name = "link-journal", .takes = Value, .value = "MODE", .help = nullptr,
     .apply = set_link_journal},
    {.name = "", .letter = 'j', .help = nullptr,  // --link-journal=try-guest
     .apply = [](Request&, View) { return Result<>(); }},
    {.name = "set-credential", .takes = Value, .value = "ID:VALUE", .help = "pass a credential",
     .apply = [](Request& r, View v) -> Result<> {
       TRY_ASSIGN(auto credential, config::parse_credential(v));
       r.container.credentials.push_back(std::move(credential));
       return {};
     }},
    {.name = "load-credential", .takes = Value, .value = "ID:PATH",
     .help = "pass a credential from a file", .apply = load_credential},

    {.name = nullptr, .help = "Console"},
    {.name = "console", .takes = Value, .value = "interactive|read-only|passive|pipe|autopipe",
     .help = "what standard input and output are connected with",
     .apply = [](Request& r, View v) {
       return store(r.console, config::parse_console(v, r.on_terminal));
     }},
    {.name = "pipe", .letter = 'P', .help = "the same as --console=pipe",
     .apply = [](Request& r, View) { r.console = spec::Console::Pipe; return Result<>(); }},
});
// NOLINTEND(readability-function-size)

}  // namespace

std::span<const Option<SpawnRequest>> spawn_options() { return kOptions; }

}  // namespace warren::cli
