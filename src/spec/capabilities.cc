#include "spec/capabilities.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace warren::spec {
std::optional<Capabilities> capability(std::string_view name) {
  if (const auto number = parse_number<unsigned>(name)) {
    return *number < 64 ? std::optional(Capabilities{1} << *number) : std::nullopt;
  }
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  std::string_view bare = lower;
  if (bare.starts_with("cap_")) {
    bare.remove_prefix(4);
  }
  const Capabilities found = capability_bit(bare);
  return found != 0 ? std::optional(found) : std::nullopt;
}

std::string capability_name(unsigned number) {
  if (number >= kCapabilityNames.size()) {
    return cat("cap_", number);
  }
  std::string name = cat("cap_", kCapabilityNames[number]);
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
  return name;
}

Capabilities bounding_set(const Security& security, const Network& network) {
  return (kDefaultCapabilities |
          (network.isolated || security.nesting ? capability_bit("net_admin") : 0) | security.add |
          security.ambient) &
         ~security.drop;
}

}  // namespace warren::spec
