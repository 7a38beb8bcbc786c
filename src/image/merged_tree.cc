#include "image/merged_tree.h"

#include <fcntl.h>
#include <sys/mount.h>

#include <cerrno>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/mount.h"

namespace warren::image {

Result<UniqueFd> open_merged(int tree, const std::string& changes) {
  auto upper = changes.empty() ? Result<UniqueFd>(Error::from_errno(ENOENT, "open"))
                               : kernel::open(changes + "/upper", O_PATH | O_DIRECTORY);
  if (!upper) {
    return upper.error().code == ENOENT ? kernel::duplicate(tree) : std::move(upper).error();
  }
  TRY_ASSIGN(auto overlay, kernel::FileSystem::fsopen("overlay"));
  TRY(overlay.set("lowerdir", cat("/proc/self/fd/", upper->get(), ":/proc/self/fd/", tree)));
  return overlay.mount(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                       MOUNT_ATTR_NOEXEC);
}

}  // namespace warren::image
