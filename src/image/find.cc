#include "image/find.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdlib>

#include "base/text.h"

namespace warren::image {

Result<std::string> find_tree(const std::string& name) {
  constexpr auto kDirectories = std::to_array<const char*>(
      {"/etc/machines", "/run/machines", "/var/lib/machines", "/var/lib/container",
       "/usr/local/lib/machines", "/usr/lib/machines"});
  for (const char* directory : kDirectories) {
    const std::string path = cat(directory, "/", name);
    struct stat status = {};
    if (::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode)) {
      return path;
    }
  }
  return Error::because("machine", name, "no root tree of that name is in /var/lib/machines")
      .advise("say where it is with --directory");
}

Result<std::string> resolve(const std::string& path) {
  std::array<char, PATH_MAX> resolved;
  if (::realpath(path.c_str(), resolved.data()) == nullptr) {
    return Error::sys("open root tree", path);
  }
  return std::string(resolved.data());
}

}  // namespace warren::image
