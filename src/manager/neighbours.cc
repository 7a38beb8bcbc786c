#include "manager/neighbours.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/namespace.h"
#include "manager/own_hosts.h"
#include "manager/running.h"
#include "network/directory_lock.h"
#include "plan/hosts.h"

namespace warren::manager {
namespace {

constexpr std::size_t kMostOfHosts = std::size_t{1} << 20;

struct Neighbour {
  std::string name;
  std::vector<std::string> addresses;  ///< on bridges that both are on
};

/// Bridges and the addresses there, as they are told.
std::vector<std::pair<std::string, std::string>> read_told(const std::string& name,
                                                           const state::Paths& paths) {
  std::vector<std::pair<std::string, std::string>> told;
  const auto text = kernel::read_file(cat(paths.run, "/", name, "/", kPublishedFile)).value_or("");
  for (const auto line : split(text, '\n')) {
    const auto blank = line.find(' ');
    if (blank != std::string_view::npos) {
      told.emplace_back(line.substr(0, blank), line.substr(blank + 1));
    }
  }
  return told;
}

std::vector<Neighbour> find_neighbours(const std::string& name, const state::Paths& paths) {
  std::set<std::string> bridges;
  for (const auto& [bridge, address] : read_told(name, paths)) {
    bridges.insert(bridge);
  }
  std::vector<Neighbour> neighbours;
  const auto names = bridges.empty() ? Result<std::vector<std::string>>(std::vector<std::string>())
                                     : kernel::list_names(paths.run);
  for (const auto& other : names ? *names : std::vector<std::string>()) {
    Neighbour neighbour = {.name = other, .addresses = {}};
    for (const auto& [bridge, address] :
         other == name ? decltype(read_told(other, paths))() : read_told(other, paths)) {
      if (bridges.contains(bridge)) {
        neighbour.addresses.push_back(address);
      }
    }
    if (!neighbour.addresses.empty()) {
      neighbours.push_back(std::move(neighbour));
    }
  }
  return neighbours;
}

/// Changes what is mounted above the tree's file, in place.
Result<> update_own(const UniqueFd& file, const std::string& name, const state::Paths& paths) {
  TRY_ASSIGN(const auto before, kernel::read_all(file.get(), "/etc/hosts", kMostOfHosts));
  const std::string after = with_neighbours(before, name, paths);
  if (after == before) {
    return {};
  }
  if (::lseek(file.get(), 0, SEEK_SET) < 0) {
    return Error::sys("lseek", "/etc/hosts");
  }
  TRY(kernel::write_all(file.get(), after, "/etc/hosts"));
  return ::ftruncate(file.get(), static_cast<off_t>(after.size())) == 0
             ? Result<>()
             : Error::sys("ftruncate", "/etc/hosts");
}

/// Changes the file inside of one that runs; its root owns what is written.
Result<> update_inside(const std::string& name, const state::Paths& paths) {
  if (const auto own = kernel::open(own_hosts_path(paths, name), O_RDWR | O_NOFOLLOW)) {
    return update_own(*own, name, paths);
  }
  TRY_ASSIGN(const auto running, find_running(paths, name));
  TRY_ASSIGN(const auto owner, root_of(running));
  TRY_ASSIGN(const auto root, open_root(running));
  const kernel::FileOwner files(owner.first, owner.second);
  TRY_ASSIGN(const auto file, kernel::open_regular_in_root(root.get(), "/etc/hosts"));
  TRY_ASSIGN(const auto before, kernel::read_all(file.get(), "/etc/hosts", kMostOfHosts));
  const std::string after = with_neighbours(before, name, paths);
  if (after == before) {
    return {};
  }
  TRY_ASSIGN(const auto etc, kernel::open_in_root(root.get(), "/etc", O_PATH | O_DIRECTORY));
  return kernel::replace_file(etc.get(), "hosts", after, 0644);
}

}  // namespace

std::string told_of(const Publication& publication) {
  std::string text;
  for (const auto& link : publication.links) {
    for (const auto& address : link.addresses) {
      text += link.bridged ? cat(link.filtered.host_interface, " ", address, "\n") : "";
    }
  }
  return text;
}

std::string with_neighbours(const std::string& hosts, const std::string& name,
                            const state::Paths& paths) {
  std::string text = plan::without_names(hosts);
  for (const auto& [other, addresses] : find_neighbours(name, paths)) {
    text = plan::with_names(text, other, addresses);
  }
  return text;
}

std::vector<std::string> neighbours_of(const std::string& name, const state::Paths& paths) {
  std::vector<std::string> names;
  for (auto& neighbour : find_neighbours(name, paths)) {
    names.push_back(std::move(neighbour.name));
  }
  return names;
}

void tell_neighbours(const std::vector<std::string>& names, const state::Paths& paths) {
  if (names.empty()) {
    return;
  }
  // One at a time: each writes what is so by then.
  const auto lock = network::lock_directory(paths.run + "/.network");
  for (const auto& name : names) {
    (void)update_inside(name, paths);
  }
}

}  // namespace warren::manager
