#include "manager/weakenings.h"

#include <array>
#include <string_view>

#include "base/text.h"

namespace warren::manager {
namespace {

using spec::Declaration;

/// A key and what is weak about it; empty when nothing is.
struct Weakening {
  std::string_view key;
  std::string (*value)(const Declaration& declaration);
};

constexpr auto kWeakenings = std::to_array<Weakening>({
    {"privateUsers",
     [](const Declaration& d) {
       return d.private_users == "no" || d.private_users == "identity" ? d.private_users : "";
     }},
    {"privateNetwork",
     [](const Declaration& d) {
       const auto& network = d.network;
       const bool own = network.is_private || !network.interfaces.empty() ||
                        !network.macvlans.empty() || !network.namespace_path.empty();
       return std::string(own ? "" : "false");
     }},
    {"additionalCapabilities",
     [](const Declaration& d) { return join(d.additional_capabilities, ","); }},
    {"allowedDevices",
     [](const Declaration& d) {
       std::string nodes;
       for (const auto& device : d.allowed_devices) {
         nodes += cat(nodes.empty() ? "" : ",", device.node);
       }
       return nodes;
     }},
    {"enableTun", [](const Declaration& d) { return std::string(d.enable_tun ? "true" : ""); }},
    {"extraFlags", [](const Declaration& d) { return join(d.extra_flags, " "); }},
});

}  // namespace

std::vector<std::string> weakenings(const Declaration& declaration) {
  std::vector<std::string> found;
  for (const auto& [key, value] : kWeakenings) {
    if (const auto text = value(declaration); !text.empty()) {
      found.push_back(cat(key, "=", text));
    }
  }
  return found;
}

}  // namespace warren::manager
