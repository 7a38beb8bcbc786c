// Runs in: the launcher, mostly in the build namespace, where the host's files are out of sight.
#include "network/links.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/lock.h"
#include "kernel/namespace.h"
#include "kernel/rtnetlink.h"
#include "network/loopback.h"
#include "network/present.h"

namespace warren::network {
namespace {

using kernel::LinkEnd;
using kernel::NetlinkRequests;
using plan::EndPlan;
using plan::VethPlan;
using Use = spec::HostInterface::Use;

/// A lock on a file as long as it lives; none of a descriptor that is closed.
class Locked {
 public:
  explicit Locked(int file) : file_(file) {
    if (file_ >= 0) {
      (void)kernel::flock(file_, LOCK_EX, "");
    }
  }
  ~Locked() {
    if (file_ >= 0) {
      ::flock(file_, LOCK_UN);
    }
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

 private:
  int file_;
};

/// Adds what `end` has to be, to the link that has `index`.
void write_end(NetlinkRequests& requests, const EndPlan& end, int index) {
  for (const auto& address : end.addresses) {
    kernel::write_address(requests, index, address);
  }
  for (const auto& route : end.routes) {
    kernel::write_route(requests, index, {.to = route.to, .via = route.via});
  }
}

Result<int> index_of(const kernel::Netlink& netlink, const std::string& name) {
  TRY_ASSIGN(const auto link, kernel::find_link(netlink, name));
  return link ? Result<int>(link->index) : Error::from_errno(ENODEV, "look at the interface", name);
}

/// The number that interface `i` of the plan gets inside: of none that the kernel has given there.
int index_inside(std::size_t i) {
  constexpr int kFirst = 1000;
  return kFirst + static_cast<int>(i);
}

/// The host's end of a pair, if it is there and no other interface that has its name.
bool is_end_of(const std::optional<kernel::Link>& link, const VethPlan& veth) {
  return link && link->mac == veth.host.mac && link->kind == "veth";
}

/// Removes bridges that have no port.
template <typename Predicate>
void remove_unused(const kernel::Netlink& netlink, const std::vector<kernel::Link>& links,
                   Predicate is_candidate) {
  NetlinkRequests requests;
  for (const auto& link : links) {
    const bool in_use = std::ranges::find(links, link.index, &kernel::Link::bridge) != links.end();
    if (link.kind == "bridge" && !in_use && is_candidate(link)) {
      kernel::write_deletion(requests, link.index, link.name);
    }
  }
  (void)netlink.carry_out(std::move(requests));
}

}  // namespace

Result<kernel::Netlink> open_inside(int inside, int own) {
  TRY(kernel::setns(inside, CLONE_NEWNET, "the container's network namespace"));
  auto netlink = kernel::Netlink::open();
  TRY(kernel::setns(own, CLONE_NEWNET, "warren's network namespace"));
  return netlink;
}

Result<Links> Links::prepare(const plan::NetworkPlan& plan, const std::string& lock) {
  Links links;
  if (plan.empty()) {
    return links;
  }
  TRY_ASSIGN(links.host_, kernel::Netlink::open());
  TRY_ASSIGN(links.own_namespace_, kernel::open("/proc/self/ns/net", O_RDONLY));
  TRY_ASSIGN(links.sysctls_, open_sysctls());
  if (std::ranges::any_of(plan.veths, &VethPlan::bridge_is_ours)) {
    TRY_ASSIGN(links.lock_, kernel::open(lock, O_RDWR | O_CREAT, 0600));
  }
  TRY(links.look_up(plan));
  links.plan_ = std::make_unique<const plan::NetworkPlan>(plan);
  return links;
}

Result<> Links::look_up(const plan::NetworkPlan& plan) {
  for (const auto& veth : plan.veths) {
    bridges_.push_back(0);
    if (veth.bridge.empty() || veth.bridge_is_ours) {
      continue;
    }
    TRY_ASSIGN(const auto bridge, find_bridge(*host_, veth.bridge, veth.setting));
    bridges_.back() = bridge.index;
  }
  for (const auto& interface : plan.interfaces) {
    TRY_ASSIGN(const auto link, find_interface(*host_, interface.host, interface.setting));
    parents_.push_back({.index = link.index, .was_up = link.is_up});
  }
  return {};
}

Result<int> Links::ensure_bridge(const VethPlan& veth) {
  TRY_ASSIGN(const auto there, kernel::find_link(*host_, veth.bridge));
  if (!there) {
    NetlinkRequests requests;
    kernel::write_bridge(requests, {.name = veth.bridge, .mac = veth.bridge_mac, .up = true});
    TRY(host_->carry_out(std::move(requests)));
    return index_of(*host_, veth.bridge);
  }
  TRY_ASSIGN(const auto bridge, find_bridge(*host_, veth.bridge, veth.setting));
  return bridge.index;
}

Result<> Links::make_veths() {
  NetlinkRequests requests;
  for (std::size_t i = 0; i < plan_->veths.size(); ++i) {
    const VethPlan& veth = plan_->veths[i];
    if (veth.bridge_is_ours) {
      TRY_ASSIGN(bridges_[i], ensure_bridge(veth));
    }
    const LinkEnd here = {
        .name = veth.host.name, .mac = veth.host.mac, .bridge = bridges_[i], .up = true};
    const LinkEnd there = {
        .name = veth.inside.name, .mac = veth.inside.mac, .net_namespace = inside_.get()};
    kernel::write_veth(requests, here, there);
  }
  return host_->carry_out(std::move(requests));
}

Result<> Links::make_stacked() {
  NetlinkRequests requests;
  for (std::size_t i = 0; i < plan_->interfaces.size(); ++i) {
    const auto& interface = plan_->interfaces[i];
    LinkEnd link = {.name = interface.name, .mac = interface.mac, .net_namespace = inside_.get()};
    if (interface.use == Use::Macvlan) {
      kernel::write_macvlan(requests, link, parents_[i].index);
    } else if (interface.use == Use::Ipvlan) {
      link.mac.reset();  // it has its parent's
      kernel::write_ipvlan(requests, link, parents_[i].index);
    }
  }
  return host_->carry_out(std::move(requests));
}

/// The indices of what was made: by name, but what only has a name of ours is somebody else's.
Result<> Links::find_made() {
  made_.clear();
  for (std::size_t i = 0; i < plan_->veths.size(); ++i) {
    const VethPlan& veth = plan_->veths[i];
    TRY_ASSIGN(const auto link, kernel::find_link(*host_, veth.host.name));
    if (is_end_of(link, veth)) {
      made_.push_back({.plan = &veth, .index = link->index, .bridge = bridges_[i]});
    }
  }
  return {};
}

Result<> Links::configure_inside(const kernel::Netlink& netlink) const {
  NetlinkRequests requests;
  for (const auto& veth : plan_->veths) {
    TRY_ASSIGN(const int index, index_of(netlink, veth.inside.name));
    kernel::write_up(requests, index, veth.inside.name);
    write_end(requests, veth.inside, index);
  }
  return netlink.carry_out(std::move(requests));
}

/// The Ethernet address of the last container's macvlan is in use until the kernel has taken its
/// network namespace apart, which it does a moment after the end.
Result<> Links::bring_up_stacked(const kernel::Netlink& netlink) const {
  constexpr int kTries = 200;
  constexpr useconds_t kMoment = 10'000;
  for (int tries = 1;; ++tries) {
    NetlinkRequests requests;
    for (const auto& interface : plan_->interfaces) {
      if (interface.use != Use::Move) {
        TRY_ASSIGN(const int index, index_of(netlink, interface.name));
        kernel::write_up(requests, index, interface.name);
      }
    }
    auto up = requests.empty() ? Result<>() : netlink.carry_out(std::move(requests));
    if (up || up.error().code != EADDRINUSE || tries == kTries) {
      return up;
    }
    ::usleep(kMoment);
  }
}

Result<> Links::configure_host() const {
  NetlinkRequests requests;
  for (const auto& [veth, index, bridge, is_up] : made_) {
    if (!veth->host.long_name.empty()) {
      kernel::write_alternative_name(requests, index, veth->host.long_name);
    }
    write_end(requests, veth->host, index);
    distrust(sysctls_.get(), veth->host.name);
  }
  TRY(host_->carry_out(std::move(requests)));
  for (std::size_t i = 0; i < made_.size(); ++i) {
    const plan::VethPlan* const veth = made_[i].plan;
    if (veth->from_loopback) {
      const bool direct = veth->bridge.empty();
      TRY(open_loopback(sysctls_.get(), direct ? veth->host.name : veth->bridge));
    }
  }
  return {};
}

Result<> Links::make(UniqueFd inside) {
  if (plan_ == nullptr) {
    return {};
  }
  inside_ = std::move(inside);
  {
    const Locked locked(lock_.get());
    auto made = make_veths();
    if (!made && made.error().code == EEXIST) {
      // A killed container's goes when the kernel gets to it.
      TRY(find_made());
      remove_made();
      made = make_veths();
    }
    TRY(find_made());
    if (!made && made.error().code == EXFULL) {
      return std::move(made).error().advise("a bridge has room for 1023: use another one");
    }
    TRY(std::move(made));
  }
  TRY(make_stacked());
  TRY_ASSIGN(const auto netlink, open_inside(inside_.get(), own_namespace_.get()));
  TRY(configure_inside(netlink));
  TRY(bring_up_stacked(netlink));
  if (std::ranges::find(plan_->interfaces, Use::Move, &plan::HostInterfacePlan::use) ==
      plan_->interfaces.end()) {
    inside_.reset();
  }
  return configure_host();
}

Result<WayBack> Links::way_back() {
  for (std::size_t i = 0; plan_ != nullptr && i < plan_->interfaces.size(); ++i) {
    const auto& interface = plan_->interfaces[i];
    if (interface.use != Use::Move) {
      continue;
    }
    kernel::Move move = {.link = index_inside(i),
                         .net_namespace = own_namespace_.get(),
                         .name = interface.host,
                         .index = parents_[i].index,
                         .up = parents_[i].was_up};
    kernel::write_move(returns_, move);
    // If its number or its name is another's by now. Where the first did it, there is nothing to
    // move for these.
    move.index = 0;
    kernel::write_move(returns_, move);
    move.name = "dev%d";
    kernel::write_move(returns_, move);
  }
  if (returns_.empty()) {
    return WayBack();
  }
  TRY_ASSIGN(inside_socket_, open_inside(inside_.get(), own_namespace_.get()));
  return WayBack{.socket = inside_socket_->fd(),
                 .net_namespace = own_namespace_.get(),
                 .message = returns_.finish()};
}

Result<> Links::move_in() {
  NetlinkRequests requests;
  for (std::size_t i = 0; plan_ != nullptr && i < plan_->interfaces.size(); ++i) {
    const auto& interface = plan_->interfaces[i];
    if (interface.use == Use::Move) {
      kernel::write_move(requests, {.link = parents_[i].index,
                                    .net_namespace = inside_.get(),
                                    .name = interface.name,
                                    .index = index_inside(i),
                                    .up = true});
    }
  }
  return requests.empty() ? Result<>() : host_->carry_out(std::move(requests));
}

void Links::remove_made() {
  NetlinkRequests requests;
  for (const auto& [veth, index, bridge, is_up] : made_) {
    kernel::write_deletion(requests, index, veth->host.name);
  }
  (void)host_->carry_out(std::move(requests));  // they may be gone with the container's namespace
  made_.clear();
}

void Links::remove() {
  if (!host_ || plan_ == nullptr) {
    return;
  }
  const Locked locked(lock_.get());
  remove_made();
  if (!lock_) {
    return;
  }
  const auto links = kernel::list_links(*host_);
  for (const auto& veth : plan_->veths) {
    if (links && veth.bridge_is_ours) {
      remove_unused(*host_, *links,
                    [&veth](const kernel::Link& link) { return link.name == veth.bridge; });
    }
  }
}

Result<std::optional<Reconnection>> Links::reconnection() const {
  std::vector<HostEnd> ends;
  for (const auto& end : made_) {
    const EndPlan& host = end.plan->host;
    if (!end.plan->bridge.empty() || !host.addresses.empty() || !host.routes.empty()) {
      ends.push_back(end);
    }
  }
  if (ends.empty()) {
    return std::optional<Reconnection>();
  }
  TRY_ASSIGN(auto reconnection, Reconnection::start(std::move(ends)));
  return std::optional(std::move(reconnection));
}

void remove_abandoned_bridges(const std::string& lock, std::string_view seed) {
  const auto file = kernel::open(lock, O_RDWR);
  const auto netlink = kernel::Netlink::open();
  if (!file || !netlink) {
    return;
  }
  const Locked locked(file->get());
  if (const auto links = kernel::list_links(*netlink)) {
    remove_unused(*netlink, *links, [seed](const kernel::Link& link) {
      return link.name.starts_with("vz-") && link.mac == plan::mac_of(seed, link.name);
    });
  }
}

}  // namespace warren::network
