// Which of the host's resolvers a container with a network of its own can ask.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace warren::plan {

/// Where the host's resolvers are written, in this order: its own file, and the upstreams of
/// programs that listen on its loopback and write themselves into that.
inline constexpr auto kResolverFiles = std::to_array<const char*>({
    "/etc/resolv.conf",
    "/run/systemd/resolve/resolv.conf",
    "/run/NetworkManager/no-stub-resolv.conf",
    "/run/dnsmasq/resolv.conf",
    "/run/resolvconf/resolv.conf",
});

/// `text` of resolv.conf(5) without the servers that only the host itself reaches: on its loopback,
/// or by an address that means something on one of its links alone.
[[nodiscard]] std::string without_local_servers(std::string_view text);

[[nodiscard]] bool names_a_server(std::string_view text);

}  // namespace warren::plan
