#include "programs/unpack/message.h"

#include <unistd.h>

#include <algorithm>

#include "base/text.h"

namespace warren::unpack {

std::string brief(std::string_view name) {
  constexpr std::size_t kMost = 120;
  return name.size() <= kMost ? std::string(name) : cat(name.substr(0, kMost), "...");
}

void say(std::string_view kind, std::string_view text) {
  std::string line = cat(kind, " ", text);
  std::ranges::replace_if(
      line, [](unsigned char c) { return c < 0x20; }, '?');
  line += '\n';
  (void)!::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace warren::unpack
