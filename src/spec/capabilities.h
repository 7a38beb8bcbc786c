// capabilities(7) by name, and the sets that containers get.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "spec/container.h"

namespace warren::spec {

/// The bit of `CAP_CHOWN`, in any case, with or without `CAP_`; also a plain number 0…63.
[[nodiscard]] std::optional<Capabilities> capability(std::string_view name);

/// `CAP_CHOWN` for its number; `cap_N` for numbers newer than this table.
[[nodiscard]] std::string capability_name(unsigned number);

/// capabilities(7) in lower case, in the order of their numbers.
inline constexpr auto kCapabilityNames = std::to_array<std::string_view>({
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
});

/// The bit of a name of that table; 0 for any other.
[[nodiscard]] constexpr Capabilities capability_bit(std::string_view lower_name) {
  const auto* const at = std::ranges::find(kCapabilityNames, lower_name);
  return at == kCapabilityNames.end() ? 0 : Capabilities{1} << (at - kCapabilityNames.begin());
}

/// Every capability of the table.
inline constexpr Capabilities kAllCapabilities = (Capabilities{1} << kCapabilityNames.size()) - 1;

/// What a container may use unless told otherwise: systemd-nspawn's set.
inline constexpr Capabilities kDefaultCapabilities = [] {
  constexpr auto kDefault = std::to_array<std::string_view>({
      "audit_control",
      "audit_write",
      "chown",
      "dac_override",
      "dac_read_search",
      "fowner",
      "fsetid",
      "ipc_owner",
      "kill",
      "lease",
      "linux_immutable",
      "mknod",
      "net_bind_service",
      "net_broadcast",
      "net_raw",
      "setfcap",
      "setgid",
      "setpcap",
      "setuid",
      "sys_admin",
      "sys_boot",
      "sys_chroot",
      "sys_nice",
      "sys_ptrace",
      "sys_resource",
      "sys_tty_config",
  });
  Capabilities set = 0;
  for (const auto name : kDefault) {
    set |= capability_bit(name);
  }
  return set;
}();
static_assert(kDefaultCapabilities == 0xfdecafff);

/// The bounding set of this container: the defaults, CAP_NET_ADMIN with a network of its own or
/// for those of containers inside,
/// what `security` adds, without what it drops.
[[nodiscard]] Capabilities bounding_set(const Security& security, const Network& network);

}  // namespace warren::spec
