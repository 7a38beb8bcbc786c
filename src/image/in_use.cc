#include "image/in_use.h"

#include <algorithm>
#include <cerrno>
#include <tuple>

#include "base/text.h"
#include "image/listing.h"
#include "kernel/file.h"

namespace warren::image {

Result<std::vector<ImageUse>> image_uses(const std::string& state_directory) {
  std::vector<ImageUse> uses;
  const std::string containers = cat(state_directory, "/containers");
  TRY_ASSIGN(const auto names, list_directory(containers));
  for (const auto& name : names) {
    const std::string generations = cat(containers, "/", name, "/generations");
    TRY_ASSIGN(const auto numbers, list_directory(generations));
    for (const auto& number : numbers) {
      const auto id = kernel::read_file(cat(generations, "/", number, "/image"));
      if (id) {
        uses.push_back({std::string(trim(*id)), name});
      } else if (id.error().code != ENOENT && id.error().code != ENOTDIR) {
        return id.error();  // what cannot be read may be a use
      }
    }
  }
  const auto key = [](const ImageUse& use) { return std::tie(use.image, use.container); };
  std::ranges::sort(uses, {}, key);
  uses.erase(std::unique(uses.begin(), uses.end()), uses.end());
  return uses;
}

}  // namespace warren::image
