// /proc, /sys, /dev, /run and /tmp as every payload finds them (systemd's CONTAINER_INTERFACE and
// API_FILE_SYSTEMS), with what it must not touch hidden.
#pragma once

#include <string>
#include <vector>

#include "plan/plan.h"

namespace warren::plan {

/// Nodes of every file type that cannot be opened, to hide others behind; below /run/host.
inline constexpr const char* kInaccessible = "/run/host/inaccessible";

/// With `nesting`, where /proc and /sys are once more with nothing hidden.
inline constexpr const char* kNestingViews = "/run/host/nesting";

/// Where devices cannot be made, the host's are shown: they are appended to `sources`.
[[nodiscard]] std::vector<Step> plan_device_tree(const spec::Container& container,
                                                 const HostFacts& host,
                                                 std::vector<Source>& sources);
[[nodiscard]] std::vector<Step> plan_runtime_tree(const spec::Container& container,
                                                  const HostFacts& host, const std::string& uuid,
                                                  uid_t user);
/// The file systems that show the container's namespaces.
[[nodiscard]] std::vector<Step> plan_namespace_views();
/// What the kernel wants to see where containers are made inside: /proc and /sys with nothing
/// hidden (mount_namespaces(7) has no word on it; it is mount_too_revealing() of Linux).
[[nodiscard]] std::vector<Step> plan_nesting(const spec::Container& container);
[[nodiscard]] std::vector<Step> plan_masks(const spec::Container& container, const HostFacts& host);

}  // namespace warren::plan
