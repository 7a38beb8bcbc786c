// /etc/resolv.conf and /etc/localtime of the container, from the host's.
#pragma once

#include <vector>

#include "plan/plan.h"

namespace warren::plan {

/// Where the host's resolver configuration for `mode` is; null for modes that need none.
[[nodiscard]] const char* resolv_conf_path(spec::ResolvConf mode);

/// What `Auto` means for this container: unchanged with a network of its own, otherwise the host's,
/// copied where the image can be written and shown in place where it cannot.
[[nodiscard]] spec::ResolvConf effective_resolv_conf(const spec::Container& container,
                                                     bool writable);

/// Steps that change files of the image (first) and steps that mount over them; a bind's source
/// is appended to `sources`.
[[nodiscard]] std::vector<Step> plan_resolv_conf(const spec::Container& container,
                                                 const HostFacts& host, const ImageFacts& image,
                                                 std::vector<Source>& sources);
[[nodiscard]] std::vector<Step> plan_timezone(const spec::Container& container,
                                              const HostFacts& host, const ImageFacts& image,
                                              std::vector<Source>& sources);

}  // namespace warren::plan
