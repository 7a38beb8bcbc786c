#include "launch/sources.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "kernel/file.h"
#include "kernel/mount.h"
#include "kernel/namespace.h"
#include "launch/id_mapping.h"

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

Result<OpenSource> open_source(const plan::Source& wanted, const plan::IdRange& ids) {
  if (wanted.temporary) {
    TRY(make_temporary(wanted.path, ids));
  }
  OpenSource source;
  TRY_ASSIGN(source.tree, kernel::clone_tree(AT_FDCWD, wanted.path, wanted.recursive));
  TRY_ASSIGN(source.status, kernel::fstat(source.tree.get(), wanted.path));
  return source;
}

Result<std::vector<OpenSource>> open_sources(const plan::Plan& plan) {
  std::vector<OpenSource> sources;
  for (const auto& wanted : plan.sources) {
    TRY_ASSIGN(auto source, open_source(wanted, plan.ids));
    sources.push_back(std::move(source));
  }
  return sources;
}

Result<> map_source(const plan::Source& wanted, const OpenSource& source, int place,
                    const SourceOwners& owners) {
  using spec::Ownership;
  if (wanted.ownership == Ownership::Unmapped || owners.user_namespace < 0) {
    return {};
  }
  if (wanted.ownership == Ownership::Same) {
    return map_owners(source.tree.get(), owners.user_namespace, wanted.path);
  }
  kernel::IdMapping users = {source.status.st_uid, owners.ids.base, 1};
  kernel::IdMapping groups = {source.status.st_gid, owners.ids.base, 1};
  if (wanted.ownership == Ownership::OwnerIsUser) {
    users.outside += wanted.owner;
    groups.outside += wanted.owner;
  }
  if (wanted.ownership == Ownership::OwnerIsTarget) {
    TRY_ASSIGN(const auto target, kernel::fstat(place, wanted.target));
    users.outside = target.st_uid;  // what the mapped root shows is the host's number for it
    groups.outside = target.st_gid;
  }
  TRY_ASSIGN(const auto mapping, kernel::make_user_namespace(owners.proc, users, groups));
  return map_owners(source.tree.get(), mapping.get(), wanted.path);
}

}  // namespace warren::launch
