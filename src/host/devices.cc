#include "host/devices.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/text.h"
#include "kernel/file.h"

namespace warren::host {
namespace {

/// Limits are for whole disks: a partition's device stands for its disk's.
void find_disk(plan::DeviceFact& device) {
  device.disk_major = device.major;
  device.disk_minor = device.minor;
  const std::string directory = cat("/sys/dev/block/", device.major, ":", device.minor);
  if (::access(cat(directory, "/partition").c_str(), F_OK) < 0) {
    return;
  }
  const auto text = kernel::read_file(cat(directory, "/../dev")).value_or("");
  const auto parts = split(trim(text), ':');
  const auto major = parse_number<unsigned>(parts[0]);
  const auto minor = parse_number<unsigned>(parts.size() > 1 ? parts[1] : "");
  if (major && minor) {
    device.disk_major = *major;
    device.disk_minor = *minor;
  }
}

}  // namespace

plan::DeviceFact read_device(const std::string& path) {
  using Kind = plan::DeviceFact::Kind;
  plan::DeviceFact device = {.path = path};
  struct stat status = {};
  if (::stat(path.c_str(), &status) < 0) {
    return device;
  }
  device.kind = S_ISCHR(status.st_mode)   ? Kind::Character
                : S_ISBLK(status.st_mode) ? Kind::Block
                                          : Kind::Other;
  device.major = major(status.st_rdev);
  device.minor = minor(status.st_rdev);
  device.mode = status.st_mode & 0777;
  if (device.kind == Kind::Block) {
    find_disk(device);
  }
  return device;
}

}  // namespace warren::host
