// Declared services, as the image's init wants them: one script each, which inittab lines of
// BusyBox or units of systemd run.
#pragma once

#include <string>
#include <vector>

#include "plan/facts.h"
#include "spec/container.h"
#include "spec/declaration.h"

namespace warren::plan {

/// Where the scripts are, inside.
inline constexpr const char* kServicesDirectory = "/etc/warren/services";

/// The FIFO by which an init that speaks no sd_notify(3) says that the system is up.
inline constexpr const char* kReadyFifo = "/run/host/ready";

/// The files that make `services` run under an init of `kind`. `inittab` is the text of that file
/// in the tree, empty for none: what others wrote in it stays.
[[nodiscard]] std::vector<spec::File> service_files(
    const std::vector<spec::DeclaredService>& services, InitKind kind, std::string_view inittab);

}  // namespace warren::plan
