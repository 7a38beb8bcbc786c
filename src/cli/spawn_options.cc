#include "cli/spawn_options.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "cli/network_options.h"
#include "cli/settings.h"
#include "cli/system_calls.h"
#include "kernel/file.h"
#include "kernel/socket.h"
#include "spec/capabilities.h"

namespace warren::cli {
namespace {

using Request = SpawnRequest;
using View = std::string_view;
using Done = Result<>;

Error refuse(View reason) { return Error::because("", "", reason); }

/// Parses with `parse` and stores in `target`.
template <typename Target, typename Value>
Done store(Target& target, Result<Value> parsed) {
  if (!parsed) {
    return std::move(parsed).error();
  }
  target = *std::move(parsed);
  return {};
}

Done enable(bool& flag) {
  flag = true;
  return {};
}

Done store_boolean(bool& target, View value) {
  const auto truth = value.empty() ? std::optional(true) : parse_boolean(value);
  if (!truth) {
    return refuse("it is yes or no");
  }
  target = *truth;
  return {};
}

Done store_path(std::string& target, View value, const Request& request) {
  return store(target, config::absolute_path(value, request.surroundings.working_directory));
}

Done add_mount(Request& request, Result<spec::Mount> mount) {
  if (!mount) {
    return std::move(mount).error();
  }
  request.container.mounts.push_back(*std::move(mount));
  return {};
}

Done add_capabilities(spec::Capabilities& set, View value) {
  TRY_ASSIGN(const auto more, config::parse_capabilities(value));
  set |= more;
  return {};
}

/// ID:PATH of a file or a stream socket; a relative path is looked for where a service manager put
/// credentials.
Done load_credential(Request& request, View value) {
  constexpr std::size_t kLargest = std::size_t{1} << 20;  // as in systemd
  constexpr std::chrono::seconds kPatience(10);
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
    TRY_ASSIGN(path, config::absolute_path(
                         path, directory.value_or(request.surroundings.working_directory)));
  }
  auto content = kernel::read_file(path, kLargest);
  if (!content && content.error().code == ENXIO) {
    content = kernel::read_from_socket(path, kLargest, kPatience);
  }
  if (!content) {
    return std::move(content).error();
  }
  request.container.credentials.push_back({std::move(name), *std::move(content)});
  return {};
}

// ---- one setter an option ----

Done set_help(Request& r, View) { return enable(r.help); }
Done set_version(Request& r, View) { return enable(r.version); }
Done set_quiet(Request& r, View) { return enable(r.quiet); }
Done set_clean_up(Request& r, View) { return enable(r.clean_up); }
Done ignore(Request&, View) { return {}; }

Done set_directory(Request& r, View v) { return store_path(r.container.root.directory, v, r); }
Done set_template(Request& r, View v) { return store_path(r.container.root.from, v, r); }
Done set_ephemeral(Request& r, View) { return enable(r.container.root.ephemeral); }
Done set_read_only(Request& r, View) { return enable(r.container.root.read_only); }
Done set_volatile(Request& r, View v) {
  return store(r.container.root.volatile_mode, config::parse_volatile(v));
}
Done set_pivot_root(Request& r, View v) {
  TRY_ASSIGN(auto paths, config::parse_pivot_root(v));
  r.container.root.pivot_to = std::move(paths.first);
  r.container.root.pivot_from = std::move(paths.second);
  return {};
}

Done set_as_pid2(Request& r, View) { return enable(r.as_pid2); }
Done set_boot(Request& r, View) { return enable(r.boot); }
Done set_chdir(Request& r, View v) {
  return store(r.container.process.working_directory, config::inside_path(v));
}
Done add_variable(Request& r, View v) {
  TRY_ASSIGN(auto entry, config::parse_assignment(v, r.surroundings));
  r.container.process.environment.push_back(std::move(entry));
  return {};
}
Done set_user(Request& r, View v) {
  r.container.process.user = v;
  return {};
}
Done set_kill_signal(Request& r, View v) {
  return store(r.container.process.kill_signal, config::parse_signal(v));
}
Done set_notify_ready(Request& r, View v) {
  return store_boolean(r.container.process.notify_ready, v);
}
Done set_suppress_sync(Request& r, View v) {
  return store_boolean(r.container.process.suppress_sync, v);
}

Done set_machine(Request& r, View v) {
  return store(r.container.identity.machine, config::parse_name(v));
}
Done set_hostname(Request& r, View v) {
  return store(r.container.identity.hostname, config::parse_name(v));
}
Done set_uuid(Request& r, View v) {
  return store(r.container.identity.uuid, config::parse_uuid(v));
}

Done set_users(Request& r, View v) {
  const auto ownership = r.container.users.ownership;  // another option's
  TRY(store(r.container.users, config::parse_private_users(v)));
  r.container.users.ownership = ownership;
  return {};
}
Done set_ownership(Request& r, View v) {
  return store(r.container.users.ownership, config::parse_ownership(v));
}
Done refuse_chown(Request&, View) {
  return refuse("warren never changes the owners of files: leave it out, they are mapped");
}
Done pick_users(Request& r, View) {
  r.container.users = {.mode = spec::Users::Mode::Pick};
  return {};
}

Done isolate_network(Request& r, View) { return enable(r.container.network.isolated); }
Done set_network_namespace(Request& r, View v) {
  r.container.network.namespace_setting = "--network-namespace-path";
  return store_path(r.container.network.namespace_path, v, r);
}

template <NetworkSetter Set>
Done network(Request& r, View v) {
  return Set(r.container.network, v);
}

Done add_capability(Request& r, View v) { return add_capabilities(r.container.security.add, v); }
Done drop_capability(Request& r, View v) { return add_capabilities(r.container.security.drop, v); }
Done add_ambient(Request& r, View v) { return add_capabilities(r.container.security.ambient, v); }
Done set_no_new_privileges(Request& r, View v) {
  return store_boolean(r.container.security.no_new_privileges, v);
}
Done set_nesting(Request& r, View) { return enable(r.container.security.nesting); }
Done set_seccomp(Request& r, View v) { return store_boolean(r.container.security.seccomp, v); }
Done add_filter(Request& r, View v) { return add_system_calls(r.container.security, v); }

Done set_limit(Request& r, View v) {
  TRY_ASSIGN(const auto limit, config::parse_limit(v));
  r.container.process.limits[limit.first] = limit.second;
  return {};
}
Done set_oom_score_adjust(Request& r, View v) {
  return store(r.container.process.oom_score_adjust, config::parse_oom_score_adjust(v));
}
Done set_cpu_affinity(Request& r, View v) {
  return store(r.container.process.cpu_affinity, config::parse_cpu_affinity(v));
}
Done set_personality(Request& r, View v) {
  return store(r.container.process.personality, config::parse_personality(v));
}
Done check_register(Request&, View v) {
  bool ignored = false;
  return store_boolean(ignored, v);
}
Done set_keep_unit(Request& r, View) { return enable(r.container.keep_unit); }

Done add_bind(Request& r, View v) {
  return add_mount(r, config::parse_bind(v, false, r.surroundings));
}
Done add_bind_ro(Request& r, View v) {
  return add_mount(r, config::parse_bind(v, true, r.surroundings));
}
Done add_inaccessible(Request& r, View v) { return add_mount(r, config::parse_inaccessible(v)); }
Done add_tmpfs(Request& r, View v) { return add_mount(r, config::parse_tmpfs(v)); }
Done add_overlay(Request& r, View v) {
  return add_mount(r, config::parse_overlay(v, false, r.surroundings));
}
Done add_overlay_ro(Request& r, View v) {
  return add_mount(r, config::parse_overlay(v, true, r.surroundings));
}
Done set_resolv_conf(Request& r, View v) {
  return store(r.container.resolv_conf, config::parse_resolv_conf(v));
}
Done set_timezone(Request& r, View v) {
  return store(r.container.timezone, config::parse_timezone(v));
}
Done add_credential(Request& r, View v) {
  TRY_ASSIGN(auto credential, config::parse_credential(v));
  r.container.credentials.push_back(std::move(credential));
  return {};
}
Done set_link_journal(Request&, View v) {
  if (v == "host" || v == "guest") {
    return refuse("journals cannot be linked yet: read them with journalctl --directory");
  }
  const bool harmless = v == "no" || v == "auto" || v == "try-host" || v == "try-guest";
  return harmless ? Done() : refuse(cat("'", v, "' is not one of its values"));
}
Done set_settings(Request& r, View v) { return store(r.settings, parse_settings_mode(v)); }

Done set_console(Request& r, View v) {
  return store(r.console, config::parse_console(v, r.on_terminal));
}
Done set_pipe(Request& r, View) {
  r.console = spec::Console::Pipe;
  return {};
}

// What systemd-nspawn can and warren cannot yet.
Done no_images(Request&, View) {
  return refuse("disk images are not supported yet: unpack it, use --directory");
}
Done no_bundles(Request&, View) {
  return refuse("OCI bundles are not supported yet: use --directory with its rootfs");
}
Done no_stacks(Request&, View) {
  return refuse("layer directories are not supported: use --overlay, or --directory with one");
}
Done no_sharing(Request&, View) {
  return refuse("a container has namespaces of its own: a plain chroot(1) has none");
}
Done no_bound_users(Request&, View) {
  return refuse("users cannot be bound yet: --bind their home with :owneridmap");
}
Done no_properties(Request&, View) {
  return refuse(
      "unit properties are not supported yet: set them on the unit that starts warren, "
      "with --keep-unit");
}
Done no_labels(Request&, View) { return refuse("SELinux labels are not supported yet"); }

using enum Takes;

constexpr const char* kBind = "SOURCE[:TARGET[:OPTION,…]]";
constexpr const char* kOverlay = "LOWER…:UPPER[:TARGET]";
constexpr const char* kUsers = "pick|identity|no|yes|BASE[:COUNT]";
constexpr const char* kBool = "yes|no";
constexpr const char* kResolvConf = "auto|off|delete|{copy,replace,bind}-{host,…}";
constexpr const char* kConsole = "interactive|read-only|passive|pipe|autopipe";

// clang-format off
constexpr auto kOptions = std::to_array<Option<Request>>({
    {"help", 'h', Nothing, "", nullptr, set_help},
    {"version", 0, Nothing, "", nullptr, set_version},
    {"quiet", 'q', Nothing, "", "say nothing but errors", set_quiet},
    {"no-pager", 0, Nothing, "", nullptr, ignore},
    {"no-ask-password", 0, Nothing, "", nullptr, ignore},
    {"background", 0, Value, "COLOR", nullptr, ignore},  // a tint of the terminal
    {"share-system", 0, Nothing, "", nullptr, no_sharing},
    {"settings", 0, Value, "yes|no|override|trusted", nullptr, set_settings},
    {"cleanup", 0, Nothing, "", "remove what a killed container of this name left, and exit", set_clean_up},

    {nullptr, 0, Nothing, "", "Root tree"},
    {"directory", 'D', Value, "PATH", "the root tree (default: the current directory)", set_directory},
    {"template", 0, Value, "PATH", "make the tree as a copy of this one if it does not exist", set_template},
    {"ephemeral", 'x', Nothing, "", "throw all changes away at the end", set_ephemeral},
    {"image", 'i', Value, "PATH", nullptr, no_images},
    {"image-policy", 0, Value, "POLICY", nullptr, no_images},
    {"root-hash", 0, Value, "HASH", nullptr, no_images},
    {"root-hash-sig", 0, Value, "SIGNATURE", nullptr, no_images},
    {"verity-data", 0, Value, "PATH", nullptr, no_images},
    {"mstack", 0, Value, "PATH", nullptr, no_stacks},
    {"oci-bundle", 0, Value, "PATH", nullptr, no_bundles},
    {"read-only", 0, Nothing, "", "nothing in the tree can be changed", set_read_only},
    {"volatile", 0, MaybeValue, "yes|state|overlay|no", "keep only /usr; all but /var; the changes in memory", set_volatile},
    {"pivot-root", 0, Value, "NEW[:OLD]", "start in directory NEW of the tree; show the tree at OLD", set_pivot_root},

    {nullptr, 0, Nothing, "", "Program"},
    {"as-pid2", 'a', Nothing, "", "put a little init in front of the command", set_as_pid2},
    {"boot", 'b', Nothing, "", "run the tree's own init, with the arguments", set_boot},
    {"chdir", 0, Value, "PATH", "start in this directory", set_chdir},
    {"setenv", 'E', Value, "NAME[=VALUE]", "set an environment variable", add_variable},
    {"user", 'u', Value, "USER", "run the command as this user of the container", set_user},
    {"uid", 0, Value, "USER", nullptr, set_user},
    {"kill-signal", 0, Value, "SIGNAL", "what asks process 1 to end", set_kill_signal},
    {"notify-ready", 0, Value, kBool, "be ready when process 1 says so", set_notify_ready},
    {"suppress-sync", 0, Value, kBool, "let fsync and the like do nothing", set_suppress_sync},

    {nullptr, 0, Nothing, "", "Identity"},
    {"machine", 'M', Value, "NAME", "name on the host (default: the tree's)", set_machine},
    {"hostname", 0, Value, "NAME", "name inside", set_hostname},
    {"uuid", 0, Value, "UUID", "machine id, if the tree has none", set_uuid},

    {nullptr, 0, Nothing, "", "Users"},
    {"private-users", 0, MaybeValue, kUsers, "the ids that the container has on the host (default: pick)", set_users},
    {"private-users-ownership", 0, Value, "auto|map|off", "whether files get those ids by mapping", set_ownership},
    {"private-users-chown", 0, MaybeValue, "yes|no", nullptr, refuse_chown},
    {"", 'U', Nothing, "", nullptr, pick_users},

    {nullptr, 0, Nothing, "", "Network (default: the host's)"},
    {"private-network", 0, Nothing, "", "nothing but a loopback interface", isolate_network},
    {"network-namespace-path", 0, Value, "PATH", "join this network namespace", set_network_namespace},
    {"network-veth", 'n', Nothing, "", "a pair of interfaces: host0 inside, ve-NAME on the host", network<add_veth>},
    {"network-veth-extra", 0, Value, "HOST[:INSIDE]", "one more pair, with these names", network<add_extra_veth>},
    {"network-bridge", 0, Value, "BRIDGE", "-n, with the host's end in this bridge", network<add_bridge>},
    {"network-zone", 0, Value, "NAME", "-n, in the bridge vz-NAME that all of the zone share", network<add_zone>},
    {"network-interface", 0, Value, "HOST[:INSIDE]", "move this interface of the host's inside", network<add_interface>},
    {"network-macvlan", 0, Value, "HOST[:INSIDE]", "a macvlan on this interface of the host's", network<add_macvlan>},
    {"network-ipvlan", 0, Value, "HOST[:INSIDE]", "an ipvlan on this interface of the host's", network<add_ipvlan>},
    {"port", 'p', Value, "[PROTOCOL:]HOST[:INSIDE]", "a port of the host that leads inside", network<add_port>},

    {nullptr, 0, Nothing, "", "Rights"},
    {"capability", 0, Value, "NAME,…", "add capabilities", add_capability},
    {"drop-capability", 0, Value, "NAME,…", "take capabilities away", drop_capability},
    {"ambient-capability", 0, Value, "NAME,…", "give the command capabilities, whoever runs it", add_ambient},
    {"no-new-privileges", 0, Value, kBool, "set-id programs gain nothing", set_no_new_privileges},
    {"system-call-filter", 0, Value, "[~]NAME|@GROUP…", "allow more system calls, or with ~ fewer", add_filter},
    {"seccomp", 0, Value, kBool, "whether system calls are filtered at all", set_seccomp},
    {"nesting", 0, Nothing, "", "containers can be made inside", set_nesting},
    {"selinux-context", 'Z', Value, "LABEL", nullptr, no_labels},
    {"selinux-apifs-context", 'L', Value, "LABEL", nullptr, no_labels},

    {nullptr, 0, Nothing, "", "Resources"},
    {"rlimit", 0, Value, "NAME=SOFT[:HARD]", "set a resource limit", set_limit},
    {"oom-score-adjust", 0, Value, "NUMBER", "how likely it is killed when memory is short", set_oom_score_adjust},
    {"cpu-affinity", 0, Value, "CPU,…", "processors it may run on", set_cpu_affinity},
    {"personality", 0, Value, "x86|x86-64", "architecture that uname shows", set_personality},
    {"slice", 'S', Value, "SLICE", nullptr, no_properties},
    {"property", 0, Value, "NAME=VALUE", nullptr, no_properties},
    {"register", 0, Value, kBool, nullptr, check_register},
    {"keep-unit", 0, Nothing, "", "run in the caller's unit; a reboot ends with status 133", set_keep_unit},

    {nullptr, 0, Nothing, "", "Files"},
    {"bind", 0, Value, kBind, "show a file or directory of the host", add_bind},
    {"bind-ro", 0, Value, kBind, "the same, read-only", add_bind_ro},
    {"inaccessible", 0, Value, "PATH", "hide what is there", add_inaccessible},
    {"tmpfs", 0, Value, "TARGET[:OPTION,…]", "an empty directory in memory", add_tmpfs},
    {"overlay", 0, Value, kOverlay, "directories on top of each other", add_overlay},
    {"overlay-ro", 0, Value, kOverlay, "the same, read-only", add_overlay_ro},
    {"bind-user", 0, Value, "NAME", nullptr, no_bound_users},
    {"bind-user-shell", 0, Value, "yes|no|PATH", nullptr, no_bound_users},
    {"bind-user-group", 0, Value, "GROUP", nullptr, no_bound_users},
    {"resolv-conf", 0, Value, kResolvConf, "where /etc/resolv.conf comes from", set_resolv_conf},
    {"timezone", 0, Value, "auto|off|copy|bind|symlink|delete", "where /etc/localtime comes from", set_timezone},
    {"link-journal", 0, Value, "no|auto|try-host|try-guest", nullptr, set_link_journal},
    {"", 'j', Nothing, "", nullptr, ignore},  // --link-journal=try-guest
    {"set-credential", 0, Value, "ID:VALUE", "pass a credential", add_credential},
    {"load-credential", 0, Value, "ID:PATH", "pass a credential from a file", load_credential},

    {nullptr, 0, Nothing, "", "Console"},
    {"console", 0, Value, kConsole, "what standard input and output are connected with", set_console},
    {"pipe", 'P', Nothing, "", "the same as --console=pipe", set_pipe},
});
// clang-format on

}  // namespace

std::span<const Option<SpawnRequest>> spawn_options() { return kOptions; }

}  // namespace warren::cli
