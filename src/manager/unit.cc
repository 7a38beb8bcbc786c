#include "manager/unit.h"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/text.h"
#include "image/program.h"

namespace warren::manager {
namespace {

// systemd.unit(5), those for files that people and packages install.
constexpr auto kUnitDirectories = std::to_array<const char*>(
    {"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system",
     "/usr/lib/systemd/system", "/lib/systemd/system"});

std::string unit_of(const std::string& name) { return cat("warren@", name, ".service"); }

}  // namespace

bool has_units(const state::Paths& paths) {
  // sd_booted(3)
  return paths.root.empty() && ::access("/run/systemd/system", F_OK) == 0 &&
         std::ranges::any_of(kUnitDirectories, [](const char* directory) {
           return ::access(cat(directory, "/warren@.service").c_str(), F_OK) == 0;
         });
}

Result<std::string> start_unit(const std::string& name) {
  const std::string systemctl = image::find_program("systemctl");
  if (systemctl.empty()) {
    return Error::because("run", "systemctl", "it is not installed");
  }
  if (image::program_output({systemctl, "--quiet", "--no-ask-password", "start", unit_of(name)})) {
    return std::string();
  }
  // The monitor's last word.
  TRY_ASSIGN(const auto status, image::program_output({systemctl, "show", "--property=StatusText",
                                                       "--value", unit_of(name)}));
  const std::string reason(trim(status));
  return reason.empty() ? cat("its unit failed (see systemctl status ", unit_of(name), ")")
                        : reason;
}

void forget_unit(const std::string& name) {
  const std::string systemctl = image::find_program("systemctl");
  if (!systemctl.empty()) {
    // As a pattern, which may match nothing: a unit that systemd does not know would be an error.
    (void)image::program_output({systemctl, "--quiet", "--no-ask-password", "reset-failed",
                                 cat("warren@", name, ".servic[e]")});
  }
}

}  // namespace warren::manager
