// Runs in: the monitor, or `warren spawn`, on the host.
#include "network/address_watch.h"

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <sched.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/namespace.h"
#include "kernel/rtnetlink.h"
#include "network/link_filter.h"

namespace warren::network {
namespace {

constexpr std::uint32_t kAddressGroups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
constexpr std::uint32_t kHostGroups =
    RTMGRP_LINK | kAddressGroups | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE;
constexpr std::size_t kMostOfOne = 8;

/// Lets all messages through, of groups that have no others.
constexpr sock_filter kAll = {.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = 0xFFFFFFFF};

Result<kernel::Netlink> open_routes() { return kernel::Netlink::open(); }

/// What `make` gives in the network namespace of process `leader`.
Result<kernel::Netlink> make_inside(pid_t leader,
                                    const std::function<Result<kernel::Netlink>()>& make) {
  TRY_ASSIGN(const auto inside, kernel::open(cat("/proc/", leader, "/ns/net"), O_RDONLY));
  TRY_ASSIGN(const auto own, kernel::open("/proc/self/ns/net", O_RDONLY));
  TRY(kernel::setns(inside.get(), CLONE_NEWNET, "the container's network namespace"));
  auto made = make();
  TRY(kernel::setns(own.get(), CLONE_NEWNET, "warren's network namespace"));
  return made;
}

Result<> attach_host_filter(const kernel::Netlink& events, const std::vector<WatchedLink>& links,
                            const std::vector<int>& indices) {
  LinkFilter filter;
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (indices[i] != 0) {
      filter.let_index(indices[i]);
      filter.let_routes(indices[i]);
    }
    filter.let_name(links[i].host);  // it may be made again
  }
  return events.filter_by(filter.finish());
}

/// Whether packets of the host's to `address` leave by link `index` and meet no router.
bool is_reached(const kernel::Netlink& host, const IpAddress& address, int index) {
  const auto way = kernel::find_way(host, address);
  return way && index != 0 && way->link == index && !way->has_gateway;
}

Result<std::vector<FoundAddresses>> look_at(const kernel::Netlink& inside,
                                            const kernel::Netlink& host,
                                            const std::vector<WatchedLink>& links) {
  TRY_ASSIGN(const auto inner, kernel::list_links(inside));
  TRY_ASSIGN(const auto addresses, kernel::list_addresses(inside));
  std::vector<FoundAddresses> found(links.size());
  for (std::size_t i = 0; i < links.size(); ++i) {
    const auto link = std::ranges::find(inner, links[i].inside, &kernel::Link::name);
    TRY_ASSIGN(const auto outer, kernel::find_link(host, links[i].host));
    for (const auto& one : addresses) {
      if (link == inner.end() || one.link != link->index || one.is_link_local ||
          found[i].all.size() == kMostOfOne) {
        continue;
      }
      std::string text = bare_text(one.address);
      auto& reached = one.address.is_v6 ? found[i].reached6 : found[i].reached4;
      if (reached.empty() && is_reached(host, one.address, outer ? outer->index : 0)) {
        reached = text;
      }
      found[i].all.push_back(std::move(text));
    }
  }
  return found;
}

}  // namespace

Result<AddressWatch> AddressWatch::start(pid_t leader, std::vector<WatchedLink> links) {
  TRY_ASSIGN(auto inside, make_inside(leader, open_routes));
  TRY_ASSIGN(auto inside_events, make_inside(leader, [] {
               return kernel::Netlink::listen(kAddressGroups, std::span(&kAll, 1));
             }));
  TRY_ASSIGN(auto host, kernel::Netlink::open());
  // Nothing is to be missed between the look at the host's links and the filter that knows them.
  TRY_ASSIGN(auto host_events, kernel::Netlink::listen(kHostGroups, std::span(&kAll, 1)));
  AddressWatch watch(std::move(links), std::move(inside), std::move(host), std::move(inside_events),
                     std::move(host_events));
  watch.indices_ = watch.host_indices();
  TRY(attach_host_filter(watch.host_events_, watch.links_, watch.indices_));
  return watch;
}

std::vector<int> AddressWatch::host_indices() const {
  std::vector<int> indices;
  for (const auto& link : links_) {
    const auto found = kernel::find_link(host_, link.host);
    indices.push_back(found && *found ? (*found)->index : 0);
  }
  return indices;
}

void AddressWatch::drain() {
  // Where some were lost, what is so is looked at as ever.
  (void)inside_events_.receive();
  (void)host_events_.receive();
  if (auto indices = host_indices(); indices != indices_) {
    indices_ = std::move(indices);
    (void)attach_host_filter(host_events_, links_, indices_);
  }
}

Result<std::vector<FoundAddresses>> AddressWatch::look() const {
  return look_at(inside_, host_, links_);
}

Result<std::vector<FoundAddresses>> find_addresses(pid_t leader,
                                                   const std::vector<WatchedLink>& links) {
  TRY_ASSIGN(const auto inside, make_inside(leader, open_routes));
  TRY_ASSIGN(const auto host, kernel::Netlink::open());
  return look_at(inside, host, links);
}

}  // namespace warren::network
