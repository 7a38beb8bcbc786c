#include "image/settings_file.h"

#include <sys/sysmacros.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "base/text.h"
#include "kernel/file.h"

namespace warren::image {
namespace {

constexpr std::size_t kLargest = std::size_t{256} << 10;

bool is_null_device(const struct stat& status) {
  return S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3);
}

/// A stranger may have put it there: it is looked at before it is opened.
Result<std::string> read(const std::string& path) {
  TRY_ASSIGN(const auto handle, kernel::open(path, O_PATH));
  TRY_ASSIGN(const auto status, kernel::fstat(handle.get(), path));
  if (is_null_device(status)) {
    return std::string();
  }
  if (!S_ISREG(status.st_mode)) {
    return Error::because("read", path, "it is not a regular file");
  }
  TRY_ASSIGN(const auto file, kernel::open(cat("/proc/self/fd/", handle.get()), O_RDONLY));
  return kernel::read_all(file.get(), path, kLargest);
}

}  // namespace

Result<std::optional<SettingsFile>> find_settings(const std::string& root, const std::string& name,
                                                  const std::string& tree) {
  std::vector<SettingsFile> places;
  for (const char* directory : {"/etc/systemd/nspawn/", "/run/systemd/nspawn/"}) {
    places.push_back({.path = cat(root, directory, name, ".nspawn"), .text = {}, .trusted = true});
  }
  if (tree.size() > 1) {
    places.push_back({.path = cat(tree.substr(0, tree.rfind('/') + 1), name, ".nspawn"),
                      .text = {},
                      .trusted = false});
  }
  for (auto& place : places) {
    auto text = read(place.path);
    if (text) {
      place.text = *std::move(text);
      return std::optional(std::move(place));
    }
    if (text.error().code != ENOENT && text.error().code != ENOTDIR) {
      return std::move(text).error();
    }
  }
  return std::optional<SettingsFile>();
}

}  // namespace warren::image
