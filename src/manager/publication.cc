#include "manager/publication.h"

#include <algorithm>
#include <utility>

#include "config/addresses.h"
#include "plan/network.h"

namespace warren::manager {
namespace {

std::string bare(const std::string& address) { return std::string(config::bare_address(address)); }

PublishedLink link_of(const spec::Veth& veth, const std::string& machine) {
  PublishedLink link;
  link.filtered = {.host_interface = plan::host_interface(veth, machine),
                   .address = bare(veth.address),
                   .address6 = bare(veth.address6),
                   .forwards = veth.forwards};
  link.inside = veth.name;
  link.bridged = !veth.bridge.empty() || !veth.zone.empty();
  for (const auto& address : {link.filtered.address, link.filtered.address6}) {
    if (!address.empty()) {
      link.addresses.push_back(address);
    }
  }
  return link;
}

}  // namespace

plan::Filtered Publication::filtered() const {
  plan::Filtered wanted;
  for (const auto& link : links) {
    wanted.links.push_back(link.filtered);
  }
  wanted.internet = internet;
  return wanted;
}

std::vector<std::string> Publication::addresses() const {
  std::vector<std::string> all;
  for (const auto& link : links) {
    for (const auto& address : {link.filtered.address, link.filtered.address6}) {
      if (!address.empty()) {
        all.push_back(address);
      }
    }
  }
  return all;
}

std::vector<spec::ForwardPort> Publication::ports() const {
  std::vector<spec::ForwardPort> all;
  for (const auto& link : links) {
    all.insert(all.end(), link.filtered.forwards.begin(), link.filtered.forwards.end());
  }
  return all;
}

Publication publication_of(const std::string& name, const spec::Network& network) {
  Publication publication = {
      .name = name, .links = {}, .internet = network.internet, .setting = "--port"};
  for (const auto& veth : network.veths) {
    publication.links.push_back(link_of(veth, name));
  }
  if (!publication.links.empty()) {
    auto& first = publication.links.front().filtered.forwards;
    first.insert(first.end(), network.ports.begin(), network.ports.end());
  }
  for (auto& link : publication.links) {
    link.followed = link.addresses.empty();
  }
  return publication;
}

Publication declared_publication(const std::string& name, const spec::Network& network) {
  auto publication = publication_of(name, network);
  publication.named_on_host = true;
  publication.setting = "forwardPorts";
  return publication;
}

std::vector<network::WatchedLink> followed_links(const Publication& publication) {
  std::vector<network::WatchedLink> links;
  for (const auto& link : publication.links) {
    if (link.followed) {
      links.push_back({.inside = link.inside, .host = link.filtered.host_interface});
    }
  }
  return links;
}

Publication with_addresses(Publication publication,
                           const std::vector<network::FoundAddresses>& found) {
  std::size_t next = 0;
  for (auto& link : publication.links) {
    if (link.followed && next < found.size()) {
      link.filtered.address = found[next].reached4;
      link.filtered.address6 = found[next].reached6;
      link.addresses = found[next].all;
      ++next;
    }
  }
  return publication;
}

}  // namespace warren::manager
