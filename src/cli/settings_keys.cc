// The keys of systemd.nspawn(5) and the options that say the same: a table.
#include <array>

#include "cli/settings.h"

namespace warren::cli {
namespace {

using enum KeyForm;
using enum KeyTrust;

// clang-format off
constexpr auto kKeys = std::to_array<SettingsKey>({
    {"Exec", "Boot", "boot", Switch, Anyone},
    {"Exec", "ProcessTwo", "as-pid2", Switch, Anyone},
    {"Exec", "Parameters", "", Parameters, Anyone},
    {"Exec", "Ephemeral", "ephemeral", Switch, Owner},
    {"Exec", "Environment", "setenv", Variables, Anyone},
    {"Exec", "User", "user", Value, Unsaid},
    {"Exec", "WorkingDirectory", "chdir", Value, Anyone},
    {"Exec", "PivotRoot", "pivot-root", Value, Anyone},
    {"Exec", "Capability", "capability", List, Owner},
    {"Exec", "DropCapability", "drop-capability", List, Unsaid},
    {"Exec", "AmbientCapability", "ambient-capability", List, Owner},
    {"Exec", "NoNewPrivileges", "no-new-privileges", Value, Unsaid},
    {"Exec", "KillSignal", "kill-signal", Value, Anyone},
    {"Exec", "Personality", "personality", Value, Anyone},
    {"Exec", "MachineID", "uuid", Value, Owner},
    {"Exec", "PrivateUsers", "private-users", Value, Owner},
    {"Exec", "NotifyReady", "notify-ready", Value, Anyone},
    {"Exec", "SystemCallFilter", "system-call-filter", Filter, Unsaid},
    {"Exec", "LimitCPU", "rlimit", Limit, Owner},
    {"Exec", "LimitFSIZE", "rlimit", Limit, Owner},
    {"Exec", "LimitDATA", "rlimit", Limit, Owner},
    {"Exec", "LimitSTACK", "rlimit", Limit, Owner},
    {"Exec", "LimitCORE", "rlimit", Limit, Owner},
    {"Exec", "LimitRSS", "rlimit", Limit, Owner},
    {"Exec", "LimitNOFILE", "rlimit", Limit, Owner},
    {"Exec", "LimitAS", "rlimit", Limit, Owner},
    {"Exec", "LimitNPROC", "rlimit", Limit, Owner},
    {"Exec", "LimitMEMLOCK", "rlimit", Limit, Owner},
    {"Exec", "LimitLOCKS", "rlimit", Limit, Owner},
    {"Exec", "LimitSIGPENDING", "rlimit", Limit, Owner},
    {"Exec", "LimitMSGQUEUE", "rlimit", Limit, Owner},
    {"Exec", "LimitNICE", "rlimit", Limit, Owner},
    {"Exec", "LimitRTPRIO", "rlimit", Limit, Owner},
    {"Exec", "LimitRTTIME", "rlimit", Limit, Owner},
    {"Exec", "OOMScoreAdjust", "oom-score-adjust", Value, Owner},
    {"Exec", "CPUAffinity", "cpu-affinity", List, Owner},
    {"Exec", "Hostname", "hostname", Value, Anyone},
    {"Exec", "ResolvConf", "resolv-conf", Value, Anyone},
    {"Exec", "Timezone", "timezone", Value, Anyone},
    {"Exec", "LinkJournal", "link-journal", Value, Owner},
    {"Exec", "SuppressSync", "suppress-sync", Value, Anyone},

    {"Files", "ReadOnly", "read-only", Switch, Unsaid},
    {"Files", "Volatile", "volatile", Value, Unsaid},
    {"Files", "Bind", "bind", Value, Owner},
    {"Files", "BindReadOnly", "bind-ro", Value, Owner},
    {"Files", "BindUser", "bind-user", Each, Owner},
    {"Files", "BindUserShell", "bind-user-shell", Value, Owner},
    {"Files", "TemporaryFileSystem", "tmpfs", Value, Owner},
    {"Files", "Inaccessible", "inaccessible", Value, Owner},
    {"Files", "Overlay", "overlay", Value, Owner},
    {"Files", "OverlayReadOnly", "overlay-ro", Value, Owner},
    {"Files", "PrivateUsersOwnership", "private-users-ownership", Value, Owner},
    {"Files", "PrivateUsersChown", "private-users-chown", Switch, Owner},

    // As in systemd's code, not its manual: the whole of a stranger's network is passed over.
    {"Network", "Private", "private-network", Switch, Owner},
    {"Network", "VirtualEthernet", "network-veth", Switch, Owner},
    {"Network", "VirtualEthernetExtra", "network-veth-extra", Value, Owner},
    {"Network", "Interface", "network-interface", Each, Owner},
    {"Network", "MACVLAN", "network-macvlan", Each, Owner},
    {"Network", "IPVLAN", "network-ipvlan", Each, Owner},
    {"Network", "Bridge", "network-bridge", Value, Owner},
    {"Network", "Zone", "network-zone", Value, Owner},
    {"Network", "Port", "port", Each, Owner},
});
// clang-format on

}  // namespace

std::span<const SettingsKey> settings_keys() { return kKeys; }

}  // namespace warren::cli
