#include "launch/sources.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "kernel/file.h"
#include "kernel/mount.h"

namespace warren::launch {
namespace {

Result<> make_temporary(const std::string& path, const plan::IdRange& ids) {
  TRY(kernel::make_path(path, 0700));
  if (::chown(path.c_str(), ids.base, ids.base) < 0 || ::chmod(path.c_str(), 0755) < 0) {
    return Error::sys("chown", path);
  }
  return {};
}

}  // namespace

Result<std::vector<OpenSource>> open_sources(const plan::Plan& plan) {
  std::vector<OpenSource> sources;
  for (const auto& wanted : plan.sources) {
    if (wanted.temporary) {
      TRY(make_temporary(wanted.path, plan.ids));
    }
    OpenSource source;
    TRY_ASSIGN(source.tree, kernel::clone_tree(AT_FDCWD, wanted.path, wanted.recursive));
    TRY_ASSIGN(source.status, kernel::fstat(source.tree.get(), wanted.path));
    sources.push_back(std::move(source));
  }
  return sources;
}

}  // namespace warren::launch
