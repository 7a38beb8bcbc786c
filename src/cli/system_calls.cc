#include "cli/system_calls.h"

#include "config/values.h"
#include "confine/syscall_filter.h"
#include "spec/capabilities.h"

namespace warren::cli {

Result<> add_system_calls(spec::Security& security, std::string_view value) {
  TRY_ASSIGN(auto rules, config::parse_syscall_filter(value));
  // Made for its complaints alone: here it is known which option they are about.
  TRY_ASSIGN(const auto made,
             confine::syscall_filter({.filter = rules}, spec::kDefaultCapabilities, false));
  (void)made;
  security.filter.insert(security.filter.end(), rules.begin(), rules.end());
  return {};
}

}  // namespace warren::cli
