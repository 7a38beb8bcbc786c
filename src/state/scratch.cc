#include "state/scratch.h"

#include <fcntl.h>

#include "base/text.h"
#include "kernel/file.h"

namespace warren::state {
Result<Scratch> Scratch::take(const std::string& state_directory, const std::string& name) {
  std::string path = cat(state_directory, "/ephemeral/", name);
  TRY(kernel::remove_tree(AT_FDCWD, path));
  return Scratch(std::move(path));
}

Scratch::~Scratch() {
  if (!path_.empty()) {
    (void)kernel::remove_tree(AT_FDCWD, path_);  // the next holder of the name tries again
  }
}

}  // namespace warren::state
