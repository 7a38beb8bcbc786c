// Runs in: the launcher, mostly in the build namespace, where the host's files are out of sight.
#include "network/links.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/text.h"
#include "kernel/file.h"
#include "kernel/namespace.h"
#include "kernel/rtnetlink.h"

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
    while (file_ >= 0 && ::flock(file_, LOCK_EX) < 0 && errno == EINTR) {
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

Error absent(const std::string& name, const std::string& setting, std::string_view what) {
  return Error::because("", cat(setting, setting.empty() ? "" : ": ", name),
                        cat("there is no such ", what, " on this host"));
}

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

/// The host's end of a pair, if it is there and no other interface that has its name.
bool is_end_of(const std::optional<kernel::Link>& link, const VethPlan& veth) {
  return link && link->kind == "veth" && link->mac == veth.host.mac;
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
    TRY_ASSIGN(const auto bridge, kernel::find_link(*host_, veth.bridge));
    if (!bridge) {
      return absent(veth.bridge, veth.setting, "bridge");
    }
    if (bridge->kind != "bridge") {
      return Error::because("", cat(veth.setting, ": ", veth.bridge), "it is no bridge");
    }
    bridges_.back() = bridge->index;
  }
  for (const auto& interface : plan.interfaces) {
    TRY_ASSIGN(const auto link, kernel::find_link(*host_, interface.host));
    if (!link) {
      return absent(interface.host, interface.setting, "interface");
    }
    if (link->is_loopback) {
      return Error::because("", cat(interface.setting, ": ", interface.host),
                            "every network has a loopback interface of its own");
    }
    parents_.push_back(link->index);
  }
  return {};
}

Result<int> Links::ensure_bridge(const VethPlan& veth) {
  TRY_ASSIGN(auto bridge, kernel::find_link(*host_, veth.bridge));
  if (!bridge) {
    NetlinkRequests requests;
    kernel::write_bridge(requests, {.name = veth.bridge, .mac = veth.bridge_mac, .up = true});
    TRY(host_->carry_out(std::move(requests)));
    return index_of(*host_, veth.bridge);
  }
  if (bridge->kind != "bridge") {
    return Error::because("", cat(veth.setting, ": ", veth.bridge), "it is no bridge");
  }
  return bridge->index;
}

Result<> Links::make_veths(int inside) {
  NetlinkRequests requests;
  for (std::size_t i = 0; i < plan_->veths.size(); ++i) {
    const VethPlan& veth = plan_->veths[i];
    if (veth.bridge_is_ours) {
      TRY_ASSIGN(bridges_[i], ensure_bridge(veth));
    }
    const LinkEnd here = {
        .name = veth.host.name, .mac = veth.host.mac, .bridge = bridges_[i], .up = true};
    const LinkEnd there = {
        .name = veth.inside.name, .mac = veth.inside.mac, .net_namespace = inside};
    kernel::write_veth(requests, here, there);
  }
  return host_->carry_out(std::move(requests));
}

Result<> Links::make_stacked(int inside) {
  NetlinkRequests requests;
  for (std::size_t i = 0; i < plan_->interfaces.size(); ++i) {
    const auto& interface = plan_->interfaces[i];
    LinkEnd link = {.name = interface.name, .mac = interface.mac, .net_namespace = inside};
    if (interface.use == Use::Macvlan) {
      kernel::write_macvlan(requests, link, parents_[i]);
    } else if (interface.use == Use::Ipvlan) {
      link.mac.reset();  // it has its parent's
      kernel::write_ipvlan(requests, link, parents_[i]);
    }
  }
  return host_->carry_out(std::move(requests));
}

/// The indices of what was made: by name, but what only has a name of ours is somebody else's.
Result<> Links::find_made() {
  made_.clear();
  for (const auto& veth : plan_->veths) {
    TRY_ASSIGN(const auto link, kernel::find_link(*host_, veth.host.name));
    if (is_end_of(link, veth)) {
      made_.push_back({.plan = &veth, .index = link->index});
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

Result<> Links::configure_host() const {
  NetlinkRequests requests;
  for (const auto& [veth, index] : made_) {
    if (!veth->host.long_name.empty()) {
      kernel::write_alternative_name(requests, index, veth->host.long_name);
    }
    write_end(requests, veth->host, index);
  }
  return host_->carry_out(std::move(requests));
}

Result<> Links::make(int inside) {
  if (plan_ == nullptr) {
    return {};
  }
  {
    const Locked locked(lock_.get());
    auto made = make_veths(inside);
    if (!made && made.error().code == EEXIST) {
      // A killed container's goes when the kernel gets to it.
      TRY(find_made());
      remove_made();
      made = make_veths(inside);
    }
    TRY(find_made());
    TRY(std::move(made));
  }
  TRY(make_stacked(inside));
  TRY_ASSIGN(const auto netlink, open_inside(inside, own_namespace_.get()));
  TRY(configure_inside(netlink));
  return configure_host();
}

void Links::remove_made() {
  NetlinkRequests requests;
  for (const auto& [veth, index] : made_) {
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
  for (std::size_t i = 0; links && i < plan_->veths.size(); ++i) {
    const int bridge = bridges_[i];
    const bool in_use = std::ranges::find(*links, bridge, &kernel::Link::bridge) != links->end();
    if (plan_->veths[i].bridge_is_ours && bridge != 0 && !in_use) {
      NetlinkRequests requests;
      kernel::write_deletion(requests, bridge, plan_->veths[i].bridge);
      (void)host_->carry_out(std::move(requests));
    }
  }
}

}  // namespace warren::network
