#include "manager/published.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "config/addresses.h"
#include "kernel/file.h"
#include "manager/addresses.h"
#include "manager/neighbours.h"
#include "network/forwarding.h"
#include "network/free_ports.h"
#include "network/hosts_file.h"
#include "network/loopback.h"
#include "plan/network.h"
#include "state/name_claim.h"

namespace warren::manager {
namespace {

using spec::Declaration;
using spec::DeclaredVeth;
using spec::ForwardPort;

std::string bare(const std::string& address) { return std::string(config::bare_address(address)); }

std::vector<DeclaredVeth> veths_of(const Declaration& declaration) {
  if (!declaration.network.is_private) {
    return {};
  }
  std::vector<DeclaredVeth> veths = {declaration.network.first};
  veths.insert(veths.end(), declaration.network.extra_veths.begin(),
               declaration.network.extra_veths.end());
  return veths;
}

/// By which interface the host reaches it: as plan::plan_network() calls it.
std::string host_interface(const Declaration& declaration, const DeclaredVeth& veth) {
  return !veth.host_bridge.empty() ? veth.host_bridge
         : veth.name.empty()       ? plan::interface_name("ve-", declaration.name)
                             : plan::interface_name("ve-", cat(declaration.name, "-", veth.name));
}

network::HostsFile hosts_file(const state::Paths& paths) {
  return {paths.root + "/etc/hosts", paths.run + "/.network/hosts", paths.run + "/.network"};
}

/// The forwards of `to` that `from` has not: those of a container that runs lead to it already.
std::vector<ForwardPort> new_forwards(const Declaration& from, const Declaration& to) {
  std::vector<ForwardPort> old;
  for (const auto& veth : veths_of(from)) {
    old.insert(old.end(), veth.forward_ports.begin(), veth.forward_ports.end());
  }
  std::vector<ForwardPort> added;
  for (const auto& veth : veths_of(to)) {
    for (const auto& port : veth.forward_ports) {
      const bool same_place = std::ranges::any_of(old, [&](const ForwardPort& other) {
        return other.protocol == port.protocol && other.host_address == port.host_address &&
               other.host_interface == port.host_interface && other.host_port == port.host_port &&
               other.count == port.count;
      });
      if (!same_place) {
        added.push_back(port);
      }
    }
  }
  return added;
}

/// In the directory of the name, as long as what is published may be changed.
std::string mark_of(const state::Paths& paths, const std::string& name) {
  return cat(paths.run, "/", name, "/", kPublishedFile);
}

Result<> set_filter(const Declaration& declaration, const state::Paths& paths) {
  const auto filter = packet_filter(paths);
  const auto wanted = filtered_of(declaration);
  const auto is_gone = [mark = mark_of(paths, declaration.name)] {
    return ::access(mark.c_str(), F_OK) < 0;
  };
  auto done = filter.set(declaration.name, wanted, is_gone);
  if (!done && done.error().code == EADDRINUSE) {
    // Whoever has the port may have been killed.
    filter.reap(
        [&](const std::string& owner) { return state::NameClaim::is_held(paths.run, owner); });
    done = filter.set(declaration.name, wanted, is_gone);
  }
  return done;
}

/// Of the interfaces that a container has already: those of a launch are open from the start.
Result<> open_ways(const Declaration& declaration) {
  TRY_ASSIGN(const auto sysctls, network::open_sysctls());
  for (const auto& veth : veths_of(declaration)) {
    if (!veth.forward_ports.empty() && veth.host_bridge.empty()) {
      TRY(network::open_loopback(sysctls.get(), host_interface(declaration, veth)));
    }
  }
  return {};
}

}  // namespace

plan::Filtered filtered_of(const Declaration& declaration) {
  plan::Filtered wanted;
  for (const auto& veth : veths_of(declaration)) {
    wanted.links.push_back({.host_interface = host_interface(declaration, veth),
                            .address = bare(veth.local_address),
                            .address6 = bare(veth.local_address6),
                            .forwards = veth.forward_ports});
  }
  wanted.internet = declaration.network.internet;
  return wanted;
}

std::vector<std::string> addresses_of(const Declaration& declaration) {
  std::vector<std::string> addresses;
  for (const auto& veth : veths_of(declaration)) {
    for (const auto& address : {veth.local_address, veth.local_address6}) {
      if (!address.empty()) {
        addresses.push_back(bare(address));
      }
    }
  }
  return addresses;
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
  }
}

Result<Published> Published::take(const Declaration& declaration, const state::Paths& paths) {
  TRY(network::check_ports_are_free(new_forwards({}, declaration)));
  Published published(paths, declaration.name);
  TRY_ASSIGN(const auto directory, kernel::open(cat(paths.run, "/", declaration.name), O_PATH));
  TRY(kernel::replace_file(directory.get(), kPublishedFile, told_of(declaration), 0600));
  TRY(network::enable_forwarding(plan::forwarded_families(filtered_of(declaration))));
  TRY(set_filter(declaration, paths));
  // A container that others do not find by its name is better than none.
  (void)hosts_file(paths).set(declaration.name, addresses_of(declaration));
  return published;
}

Result<> republish(const LiveChange& change) {
  spec::Declaration from = change.from;
  spec::Declaration to = change.to;
  TRY(assign_addresses(from, change.paths));
  TRY(assign_addresses(to, change.paths));
  TRY(network::check_ports_are_free(new_forwards(from, to)));
  TRY(network::enable_forwarding(plan::forwarded_families(filtered_of(to))));
  TRY(set_filter(to, change.paths));
  return open_ways(to);
}

std::vector<std::string> tables_that_drop(const Declaration& declaration,
                                          const state::Paths& paths) {
  const auto families = plan::forwarded_families(filtered_of(declaration));
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

}  // namespace warren::manager
