#include "cli/difference.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace warren::cli {

std::string to_text(const manager::Difference& difference) {
  std::vector<std::string> parts;
  for (const auto& change : difference.keys) {
    const auto effect = manager::effect_of(change);
    parts.push_back(effect.empty() ? change.key : cat(change.key, " (", effect, ")"));
  }
  const auto says_it = [](const config::Change& change) {
    return change.key == "image" || change.key == "packages" || change.key == "path";
  };
  if (difference.is_new_image && std::ranges::none_of(difference.keys, says_it)) {
    parts.emplace_back("a new image (restart)");
  }
  return join(parts, ", ");
}

}  // namespace warren::cli
