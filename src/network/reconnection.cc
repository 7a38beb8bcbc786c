// Runs in: the monitor, or `warren spawn`, on the host.
#include "network/reconnection.h"

#include <linux/rtnetlink.h>

#include <algorithm>
#include <utility>

#include "kernel/rtnetlink.h"
#include "network/link_filter.h"
#include "network/loopback.h"

namespace warren::network {
namespace {

bool is_up_again(HostEnd& end, const kernel::Link& link) {
  const bool was_up = std::exchange(end.is_up, link.is_up);
  return !was_up && link.is_up;
}

/// The kernel has forgotten a route by it.
void open_loopback_again(const plan::VethPlan& veth) {
  if (const auto sysctls = open_sysctls(); sysctls && veth.bridge.empty()) {
    (void)open_loopback(sysctls->get(), veth.host.name);
  }
}

/// What an end lacks, of what `link`, it or its bridge, tells.
void write_repair(kernel::NetlinkRequests& requests, HostEnd& end, const kernel::Link& link) {
  const plan::VethPlan& veth = *end.plan;
  if (link.index == end.index && is_up_again(end, link)) {
    for (const auto& address : veth.host.addresses) {
      kernel::write_address(requests, end.index, address);
    }
    for (const auto& route : veth.host.routes) {
      kernel::write_route(requests, end.index, {.to = route.to, .via = route.via});
    }
    if (veth.from_loopback) {
      open_loopback_again(veth);
    }
  }
  const bool is_new_bridge = !veth.bridge.empty() && link.kind == "bridge" &&
                             link.name == veth.bridge && link.index != end.bridge;
  if (is_new_bridge) {
    end.bridge = link.index;
    kernel::write_bridge_port(requests, end.index, link.index, veth.host.name);
  }
}

}  // namespace

Result<Reconnection> Reconnection::start(std::vector<HostEnd> ends) {
  LinkFilter filter;
  for (const auto& end : ends) {
    filter.let_index(end.index);
    if (!end.plan->bridge.empty()) {
      filter.let_name(end.plan->bridge);
    }
  }
  TRY_ASSIGN(auto events, kernel::Netlink::listen(RTMGRP_LINK, filter.finish()));
  TRY_ASSIGN(auto requests, kernel::Netlink::open());
  return Reconnection(std::move(ends), std::move(events), std::move(requests));
}

void Reconnection::look_at_all() {
  const auto links = kernel::list_links(requests_);
  kernel::NetlinkRequests repairs;
  for (auto& end : ends_) {
    for (std::size_t i = 0; links && i < links->size(); ++i) {
      write_repair(repairs, end, (*links)[i]);
    }
  }
  (void)requests_.carry_out(std::move(repairs));
}

void Reconnection::serve() {
  const auto messages = events_.receive();
  if (!messages) {  // some were lost
    look_at_all();
    return;
  }
  kernel::NetlinkRequests repairs;
  for (const auto& message : *messages) {
    const auto link = message.type == RTM_NEWLINK ? kernel::link_of(message) : std::nullopt;
    for (auto& end : ends_) {
      if (link) {
        write_repair(repairs, end, *link);
      }
    }
  }
  // What is gone by now cannot be repaired; there will be another message when it is back.
  (void)requests_.carry_out(std::move(repairs));
}

}  // namespace warren::network
