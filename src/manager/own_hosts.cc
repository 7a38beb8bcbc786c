#include "manager/own_hosts.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "manager/neighbours.h"

namespace warren::manager {
namespace {

constexpr std::size_t kMostOfHosts = std::size_t{1} << 20;

Result<std::string> hosts_of_tree(int tree) {
  const auto file = kernel::open_regular_in_root(tree, "/etc/hosts");
  if (!file) {
    return std::string("127.0.0.1 localhost\n::1 localhost\n");
  }
  return kernel::read_all(file->get(), "/etc/hosts", kMostOfHosts);
}

}  // namespace

std::string own_hosts_path(const state::Paths& paths, const std::string& name) {
  return cat(paths.state, "/ephemeral/", name, "/hosts");
}

Result<> give_own_hosts(spec::Container& container, const Held& held, const state::Paths& paths) {
  const std::string& name = held.name.name();
  const std::string path = own_hosts_path(paths, name);
  TRY_ASSIGN(const auto hosts, hosts_of_tree(held.tree.tree()));
  TRY(kernel::make_path(held.scratch.path(), 0700));
  TRY_ASSIGN(const auto file, kernel::open(path, O_WRONLY | O_CREAT | O_EXCL, 0644));
  TRY(kernel::write_all(file.get(), with_neighbours(hosts, name, paths), path));
  const uid_t root = held.ids.range.base;  // inside he may change it
  if (::fchown(file.get(), root, root) < 0 || ::fchmod(file.get(), 0644) < 0) {
    return Error::sys("fchown", path);
  }
  spec::Mount mount;
  mount.sources = {{.place = spec::Source::Place::Host, .path = path}};
  mount.target = "/etc/hosts";
  mount.recursive = false;
  // What the caller mounts there himself is above it.
  container.mounts.insert(container.mounts.begin(), std::move(mount));
  return {};
}

}  // namespace warren::manager
