#include "cli/version.h"

#include "base/text.h"

namespace warren::cli {

std::string version_text(bool as_nspawn) {
  constexpr const char* kNspawnVersion = "257";  // whose options warren knows
  return as_nspawn ? cat("systemd ", kNspawnVersion, " (warren ", WARREN_VERSION, ")\n")
                   : cat("warren ", WARREN_VERSION, "\n");
}

}  // namespace warren::cli
