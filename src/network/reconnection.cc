// Runs in: the monitor, or `warren spawn`, on the host.
#include "network/reconnection.h"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "kernel/rtnetlink.h"
#include "network/loopback.h"

namespace warren::network {
namespace {

constexpr std::uint32_t kEverything = 0xFFFFFFFF;

/// A program for the kernel that lets messages about some links through.
class LinkFilter {
 public:
  void let_index(int index) {
    constexpr auto kAt = NLMSG_HDRLEN + offsetof(ifinfomsg, ifi_index);
    add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kAt));
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(static_cast<std::uint32_t>(index)), 0, 1));
    add(BPF_STMT(BPF_RET | BPF_K, kEverything));
  }

  void let_name(std::string_view name) {
    constexpr auto kAttributes = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(ifinfomsg));
    constexpr auto kFind = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_NLATTR);
    add(BPF_STMT(BPF_LD | BPF_IMM, kAttributes));
    add(BPF_STMT(BPF_LDX | BPF_IMM, IFLA_IFNAME));
    add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kFind));
    const auto rest = static_cast<std::uint8_t>(2 * (name.size() + 1) + 1);
    add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, static_cast<std::uint8_t>(rest + 1), 0));
    add(BPF_STMT(BPF_MISC | BPF_TAX, 0));
    for (std::size_t i = 0; i <= name.size(); ++i) {  // with the zero behind it
      const auto left = static_cast<std::uint8_t>(2 * (name.size() - i) + 1);
      const auto letter = i < name.size() ? static_cast<std::uint8_t>(name[i]) : std::uint8_t{0};
      add(BPF_STMT(BPF_LD | BPF_B | BPF_IND, static_cast<std::uint32_t>(NLA_HDRLEN + i)));
      add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, letter, 0, left));
    }
    add(BPF_STMT(BPF_RET | BPF_K, kEverything));
  }

  [[nodiscard]] std::span<const sock_filter> finish() {
    add(BPF_STMT(BPF_RET | BPF_K, 0));
    return program_;
  }

 private:
  void add(sock_filter instruction) { program_.push_back(instruction); }
  std::vector<sock_filter> program_;
};

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
