#include "image/labels.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "base/text.h"
#include "image/listing.h"
#include "kernel/file.h"

namespace warren::image {

std::string Labels::find(const std::string& key) const {
  return kernel::readlinkat(AT_FDCWD, cat(directory_, "/", key)).value_or("");
}

Result<> Labels::set(const std::string& key, const std::string& id) const {
  if (find(key) == id) {
    return {};
  }
  TRY(kernel::ensure_directory(AT_FDCWD, directory_, 0700));
  const std::string path = cat(directory_, "/", key);
  const std::string temporary = cat(directory_, "/.", ::getpid());  // no key begins with a dot
  ::unlink(temporary.c_str());
  if (::symlink(id.c_str(), temporary.c_str()) < 0) {
    return Error::sys("symlink", temporary);
  }
  if (::rename(temporary.c_str(), path.c_str()) < 0) {
    auto error = Error::sys("rename", path);
    ::unlink(temporary.c_str());
    return error;
  }
  return {};
}

Result<> Labels::remove(const std::string& id) const {
  TRY_ASSIGN(const auto keys, list_directory(directory_));
  for (const auto& key : keys) {
    const std::string path = cat(directory_, "/", key);
    if (find(key) == id && ::unlink(path.c_str()) < 0 && errno != ENOENT) {
      return Error::sys("unlink", path);
    }
  }
  return {};
}

Result<std::map<std::string, std::vector<std::string>>> Labels::by_id() const {
  std::map<std::string, std::vector<std::string>> keys_of;
  TRY_ASSIGN(const auto keys, list_directory(directory_));
  for (const auto& key : keys) {
    if (!key.starts_with('.')) {
      keys_of[find(key)].push_back(key);
    }
  }
  return keys_of;
}

}  // namespace warren::image
