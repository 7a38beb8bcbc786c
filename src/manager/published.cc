#include "manager/published.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "config/lower.h"
#include "kernel/file.h"
#include "manager/addresses.h"
#include "manager/neighbours.h"
#include "network/free_ports.h"
#include "network/hosts_file.h"
#include "network/loopback.h"
#include "state/name_claim.h"

namespace warren::manager {
namespace {

using spec::Declaration;
using spec::ForwardPort;

network::HostsFile hosts_file(const state::Paths& paths) {
  return {paths.root + "/etc/hosts", paths.run + "/.network/hosts", paths.run + "/.network"};
}

/// The forwards of `to` that `from` has not: those of a container that runs lead to it already.
std::vector<ForwardPort> new_forwards(const Publication& from, const Publication& to) {
  const auto old = from.ports();
  auto added = to.ports();
  std::erase_if(added, [&](const ForwardPort& port) {
    return std::ranges::any_of(old, [&](const ForwardPort& other) {
      return other.protocol == port.protocol && other.host_address == port.host_address &&
             other.host_interface == port.host_interface && other.host_port == port.host_port &&
             other.count == port.count;
    });
  });
  return added;
}

/// In the directory of the name, as long as what is published may be changed.
std::string mark_of(const state::Paths& paths, const std::string& name) {
  return cat(paths.run, "/", name, "/", kPublishedFile);
}

/// Does `change` of the filter; asked whether the container is gone meanwhile.
template <typename Change>
Result<> change_filter(const Publication& publication, const state::Paths& paths, Change change) {
  const auto filter = packet_filter(paths);
  const auto is_gone = [mark = mark_of(paths, publication.name)] {
    return ::access(mark.c_str(), F_OK) < 0;
  };
  auto done = change(filter, is_gone);
  if (!done && done.error().code == EADDRINUSE) {
    // Whoever has the port may have been killed.
    reap_published(paths);
    done = change(filter, is_gone);
  }
  return done ? std::move(done) : std::move(done).error().with(publication.setting);
}

Result<> check_ports(const std::vector<ForwardPort>& ports, const std::string& setting) {
  auto free = network::check_ports_are_free(ports);
  return free ? std::move(free) : std::move(free).error().with(setting);
}

Result<> set_filter(const Publication& publication, const state::Paths& paths) {
  return change_filter(publication, paths, [&](const auto& filter, const auto& is_gone) {
    return filter.set(publication.name, publication.filtered(), is_gone);
  });
}

/// As if each link that is followed had got an address.
plan::Filtered filtered_in_time(const Publication& publication) {
  auto filtered = publication.filtered();
  for (std::size_t i = 0; i < filtered.links.size(); ++i) {
    if (publication.links[i].followed) {
      filtered.links[i].address = "0.0.0.0";
      filtered.links[i].address6 = "::";
    }
  }
  return filtered;
}

/// Ports of links that have no address yet, which nobody can take for them: at least who has them
/// now is found.
Result<> check_later_ports(const Publication& publication, const state::Paths& paths) {
  const bool has_later_ones = std::ranges::any_of(publication.links, [](const auto& link) {
    return link.followed && !link.filtered.forwards.empty();
  });
  if (!has_later_ones) {
    return {};
  }
  return change_filter(publication, paths, [&](const auto& filter, const auto&) {
    return filter.check_free(publication.name, filtered_in_time(publication));
  });
}

/// Whether the host's loopback leads to the link: not where others are on it, and not without the
/// rules that come with a port.
bool is_open(const PublishedLink& link) {
  const auto& filtered = link.filtered;
  return !link.bridged && !filtered.forwards.empty() &&
         (!filtered.address.empty() || !filtered.address6.empty());
}

/// Of the interfaces that a container has already: those of a launch are open from the start.
Result<> set_ways(const Publication& publication) {
  TRY_ASSIGN(const auto sysctls, network::open_sysctls());
  for (const auto& link : publication.links) {
    if (is_open(link)) {
      TRY(network::open_loopback(sysctls.get(), link.filtered.host_interface));
    } else if (!link.bridged) {
      network::close_loopback(sysctls.get(), link.filtered.host_interface);
    }
  }
  return {};
}

void close_ways(const Publication& publication) {
  const auto sysctls = network::open_sysctls();
  for (const auto& link : publication.links) {
    if (sysctls && !link.bridged) {
      network::close_loopback(sysctls->get(), link.filtered.host_interface);
    }
  }
}

void name_on_host(const Publication& publication, const state::Paths& paths) {
  if (publication.named_on_host) {
    // A container that others do not find by its name is better than none.
    (void)hosts_file(paths).set(publication.name, publication.addresses());
  }
}

/// What others are told of it, and who these are: some may not be told of it any more.
void set_names(const Publication& publication, const state::Paths& paths) {
  const std::string path = cat(paths.run, "/", publication.name);
  const std::string told = told_of(publication);
  const auto directory = kernel::open(path, O_PATH);
  if (directory && kernel::read_file(directory->get(), kPublishedFile).value_or("") != told) {
    auto names = neighbours_of(publication.name, paths);
    (void)kernel::replace_file(directory->get(), kPublishedFile, told, 0600);
    const auto others = neighbours_of(publication.name, paths);
    names.insert(names.end(), others.begin(), others.end());
    names.push_back(publication.name);
    tell_neighbours(names, paths);
  }
  name_on_host(publication, paths);
}

}  // namespace

Publication publication_of(const Declaration& declaration) {
  return declared_publication(declaration.name, config::lower_network(declaration));
}

network::PacketFilter packet_filter(const state::Paths& paths) {
  return {paths.cgroup, paths.run + "/.network/filter"};
}

Published::Published(const state::Paths& paths, std::string name)
    : paths_(&paths), name_(std::move(name)) {}

Published::Published(Published&& other) noexcept
    : paths_(other.paths_), name_(std::exchange(other.name_, {})) {}

Published::~Published() {
  if (!name_.empty()) {
    unpublish(name_, *paths_);
    reap_published(*paths_);
  }
}

Result<Published> Published::take(const Publication& publication, const state::Paths& paths) {
  TRY(check_ports(publication.ports(), publication.setting));
  TRY(check_later_ports(publication, paths));
  Published published(paths, publication.name);
  TRY_ASSIGN(const auto directory, kernel::open(cat(paths.run, "/", publication.name), O_PATH));
  TRY(kernel::replace_file(directory.get(), kPublishedFile, told_of(publication), 0600));
  TRY(set_filter(publication, paths));
  name_on_host(publication, paths);
  return published;
}

Result<> renew(const Publication& publication, const state::Paths& paths) {
  TRY(set_filter(publication, paths));
  TRY(set_ways(publication));
  set_names(publication, paths);
  return {};
}

Result<> restore(const Publication& publication, const state::Paths& paths) {
  close_ways(publication);
  TRY(change_filter(publication, paths, [&](const auto& filter, const auto& is_gone) {
    return filter.restore(publication.name, publication.filtered(), is_gone);
  }));
  return set_ways(publication);
}

Result<> republish(const LiveChange& change) {
  spec::Declaration from = change.from;
  spec::Declaration to = change.to;
  TRY(assign_addresses(from, change.paths));
  TRY(assign_addresses(to, change.paths));
  auto wanted = publication_of(to);
  TRY(check_ports(new_forwards(publication_of(from), wanted), wanted.setting));
  if (const auto links = followed_links(wanted); !links.empty()) {
    TRY_ASSIGN(const auto found, network::find_addresses(change.leader, links));
    wanted = with_addresses(std::move(wanted), found);
  }
  TRY(set_filter(wanted, change.paths));
  return set_ways(wanted);
}

std::vector<std::string> tables_that_drop(const Declaration& declaration,
                                          const state::Paths& paths) {
  const auto families = plan::forwarded_families(filtered_in_time(publication_of(declaration)));
  return families.ipv4 || families.ipv6 ? packet_filter(paths).others_that_drop()
                                        : std::vector<std::string>();
}

void unpublish(const std::string& name, const state::Paths& paths) {
  const auto neighbours = neighbours_of(name, paths);
  ::unlink(mark_of(paths, name).c_str());
  tell_neighbours(neighbours, paths);
  packet_filter(paths).remove(name);
  (void)hosts_file(paths).set(name, {});
}

void reap_published(const state::Paths& paths) {
  const auto is_alive = [&](const std::string& owner) {
    return state::NameClaim::is_held(paths.run, owner);
  };
  packet_filter(paths).reap(is_alive);
  hosts_file(paths).reap(is_alive);
}

}  // namespace warren::manager
